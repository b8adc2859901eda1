"""Figures of merit: retrieval by embeddings, and how far a decoded surface is from its source."""

from __future__ import annotations

from .accuracy import Accuracy, accuracies
from .bootstrap import intervals
from .retrieval import Retrieval, average_precision, retrieval_metrics, retrieve
from .surfaces import chamfer_l1, f_score, nearest_distances, surface_metrics

__all__ = [
    "Accuracy",
    "Retrieval",
    "accuracies",
    "average_precision",
    "chamfer_l1",
    "f_score",
    "intervals",
    "nearest_distances",
    "retrieval_metrics",
    "retrieve",
    "surface_metrics",
]
