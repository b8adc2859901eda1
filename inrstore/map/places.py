"""Where shapes lie on a map: embeddings brought to the plane."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, MissingDependency
from inrstore.records import FloatArray

LEAST = 4
"""Rows; of fewer there is no map."""
NEIGHBOURS = 15


def places(embeddings: FloatArray, *, neighbours: int = NEIGHBOURS, seed: int = 0) -> NDArray[np.float32]:
    """(n, 2) in [0, 1]², where near rows of embeddings (n, d), by cosine, lie near each other.

    By UMAP (McInnes et al. 2018, arXiv 1802.03426), begun at the two main directions; `neighbours` is its balance
    between the small and the large. The same rows and seed give the same map.

    Raises
    ------
    BadInput
        If there are fewer than four rows, or fewer than two neighbours are asked for.
    MissingDependency
        Without umap-learn.
    """
    count = len(embeddings)
    if count < LEAST:
        raise BadInput(f"a map needs at least {LEAST} shapes with an embedding, these are {count}")
    if neighbours < 2:
        raise BadInput(f"neighbours: {neighbours} is not 2 or more")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that TensorFlow is not there
            from umap import UMAP
    except ImportError as error:
        raise MissingDependency("a map needs umap-learn: pip install 'inrstore[map]'") from error
    rows = np.asarray(embeddings, np.float32)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a seed means one thread
        reducer = UMAP(n_neighbors=min(neighbours, count - 1), metric="cosine", init="pca", random_state=seed)
        found = np.asarray(reducer.fit_transform(rows), np.float64)
    found -= found.mean(axis=0)
    found = found @ np.linalg.svd(found, full_matrices=False)[2].T  # the long way lies across: screens are wide
    low = found.min(axis=0)
    placed: NDArray[np.float32] = ((found - low) / max(float((found - low).max()), 1e-9)).astype(np.float32)
    return placed
