"""Models: where networks start, what turns their weights into embeddings, and what comes back from those."""

from .base import Base
from .encoders import Encoder, EncoderPart, Encoding
from .head import Head
from .model import PACKAGED, Model, from_recipe, load_model, start_base

__all__ = [
    "PACKAGED",
    "Base",
    "Encoder",
    "EncoderPart",
    "Encoding",
    "Head",
    "Model",
    "from_recipe",
    "load_model",
    "start_base",
]
