"""What a run fits: the store's own network of each shape, and a second one if a profile asks for it."""
