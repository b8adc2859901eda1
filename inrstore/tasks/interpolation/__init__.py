"""From one shape to another."""
