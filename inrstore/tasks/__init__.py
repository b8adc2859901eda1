"""Tasks on stored embeddings: each learns a head from a store alone, keeps it there, and is asked with embeddings."""

from .classification import ClassifierRecipe, evaluate, train_classifier
from .classifier import Classifier, Named
from .coded import Coded, coded, common_field, own_fields
from .codes import Codes
from .generated import Made, Sample, evaluate_generator, generate
from .generation import GeneratorRecipe, train_generator
from .generator import Generator
from .interpolation import Interpolation, Step, analogy, interpolate
from .labelled import Labelled
from .parted import Parted
from .parts_said import PartsSaid, evaluate_parts, said_of_parts
from .proposals import THRESHOLD, Neighbour, Proposal, accept, propose, take_back
from .segmentation import SegmenterRecipe, train_segmenter
from .segmented import Segmented, segment_shape
from .segmenter import Segmenter
from .trained import Trained
from .transfer import Transfer
from .transferring import TransferRecipe, train_transfer

__all__ = [
    "THRESHOLD",
    "Classifier",
    "ClassifierRecipe",
    "Coded",
    "Codes",
    "Interpolation",
    "Generator",
    "GeneratorRecipe",
    "Labelled",
    "Made",
    "Named",
    "Neighbour",
    "Parted",
    "PartsSaid",
    "Proposal",
    "Sample",
    "Segmented",
    "Segmenter",
    "SegmenterRecipe",
    "Step",
    "Trained",
    "Transfer",
    "TransferRecipe",
    "accept",
    "analogy",
    "coded",
    "common_field",
    "evaluate",
    "evaluate_generator",
    "evaluate_parts",
    "generate",
    "interpolate",
    "own_fields",
    "propose",
    "said_of_parts",
    "segment_shape",
    "take_back",
    "train_classifier",
    "train_generator",
    "train_segmenter",
    "train_transfer",
]
