"""From a field to its surface, and back to a file in the coordinates of its source."""
