"""One network for a whole set of shapes, and a latent for each: the published roads that `roads.py` measures."""
