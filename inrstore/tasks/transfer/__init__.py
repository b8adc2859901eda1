"""From the code of a scan to that of the whole, or of the solid."""
