"""Heads that lead from words and pictures into the space of shape embeddings, so that these find what has no name."""
