"""Tasks on stored embeddings: each learns a head from a store alone, keeps it there, and is asked with embeddings."""

from .classification import ClassifierRecipe, evaluate, train_classifier
from .classifier import Classifier, Named
from .labelled import Labelled
from .proposals import Neighbour, Proposal, accept, propose, take_back
from .trained import Trained

__all__ = [
    "Classifier",
    "ClassifierRecipe",
    "Labelled",
    "Named",
    "Neighbour",
    "Proposal",
    "Trained",
    "accept",
    "evaluate",
    "propose",
    "take_back",
    "train_classifier",
]
