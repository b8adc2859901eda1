"""Tasks on stored embeddings: each learns a head from a store alone, keeps it there, and is asked with embeddings."""

from .classification.classifier import Classifier, Named
from .classification.labelled import Labelled
from .classification.proposals import THRESHOLD, Neighbour, Proposal, accept, accept_labels, propose, take_back
from .classification.train import ClassifierRecipe, evaluate, train_classifier
from .coded import Coded, coded, common_field, own_fields
from .codes import Codes
from .crossmodal.found import query_head
from .crossmodal.head import QueryHead
from .crossmodal.train_image import ImageRecipe, train_image
from .crossmodal.train_text import TextRecipe, train_text
from .crossmodal.vocabulary import Vocabulary
from .crossmodal.zeroshot import Worded, Words, zero_shot
from .generation.generated import Made, Sample, evaluate_generator, generate
from .generation.generator import Generator
from .generation.train import GeneratorRecipe, train_generator
from .interpolation.steps import Interpolation, analogy, interpolate
from .interpolation.way import Step, Way
from .segmentation.parted import Parted
from .segmentation.said import PartsSaid, evaluate_parts, said_of_parts
from .segmentation.segmented import Segmented, segment_shape
from .segmentation.segmenter import Segmenter
from .segmentation.train import SegmenterRecipe, train_segmenter
from .trained import Trained
from .transfer.train import TransferRecipe, train_transfer
from .transfer.transfer import Transfer

__all__ = [
    "THRESHOLD",
    "Classifier",
    "ClassifierRecipe",
    "Coded",
    "Codes",
    "ImageRecipe",
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
    "QueryHead",
    "Sample",
    "Segmented",
    "Segmenter",
    "SegmenterRecipe",
    "Step",
    "TextRecipe",
    "Trained",
    "Transfer",
    "TransferRecipe",
    "Vocabulary",
    "Way",
    "Worded",
    "Words",
    "accept",
    "accept_labels",
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
    "query_head",
    "said_of_parts",
    "segment_shape",
    "take_back",
    "train_classifier",
    "train_generator",
    "train_image",
    "train_segmenter",
    "train_text",
    "train_transfer",
    "zero_shot",
]
