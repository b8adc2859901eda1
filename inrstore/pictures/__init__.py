"""Pictures of shapes, without a display."""
