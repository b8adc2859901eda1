"""Which part of a shape each point belongs to."""
