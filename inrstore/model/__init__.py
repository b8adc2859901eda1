"""Models: where networks start, and what turns their weights into embeddings and back."""

from .model import PACKAGED, Model, from_recipe, load_model, start_model

__all__ = ["PACKAGED", "Model", "from_recipe", "load_model", "start_model"]
