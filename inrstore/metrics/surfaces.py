"""How far a decoded surface is from its source: Chamfer distance and F-score of samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput

Points = NDArray[np.floating]


def nearest_distances(source: Points, target: Points, *, workers: int = 1) -> NDArray[np.float64]:
    """(n,) Euclidean distance of every point of source (n, 3) to the nearest of target (m, 3).

    `workers` threads, -1 for all cores.
    """
    from scipy.spatial import cKDTree

    distances: NDArray[np.float64] = cKDTree(_cloud(target)).query(_cloud(source), workers=workers)[0]
    return distances


def chamfer_l1(a: Points, b: Points, *, workers: int = 1) -> float:
    """Chamfer-L1 of samples a (n, 3) and b (m, 3): the mean of the two directed mean nearest distances.

    Unsquared Euclidean distances, ½·(mean a→b + mean b→a); papers that add the two instead report twice this.
    """
    return surface_metrics(a, b, (), workers=workers)["chamfer_l1"]


def f_score(a: Points, b: Points, tau: float, *, workers: int = 1) -> float:
    """F-score at distance tau: harmonic mean of the shares of a within tau of b and of b within tau of a."""
    return surface_metrics(a, b, (tau,), workers=workers)[f"f@{tau:g}"]


def surface_metrics(
    a: Points, b: Points, taus: Sequence[float] = (0.005, 0.01), *, workers: int = 1
) -> dict[str, float]:
    """`chamfer_l1` and "f@tau" for every tau, from one pass of nearest neighbours a side."""
    there = nearest_distances(a, b, workers=workers)
    back = nearest_distances(b, a, workers=workers)
    scores = {f"f@{tau:g}": _harmonic(float(np.mean(there <= tau)), float(np.mean(back <= tau))) for tau in taus}
    return {"chamfer_l1": float(there.mean() + back.mean()) / 2, **scores}


def _harmonic(precision: float, recall: float) -> float:
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def _cloud(points: Points) -> NDArray[np.float64]:
    cloud = np.asarray(points, dtype=np.float64)
    if cloud.ndim != 2 or cloud.shape[1] != 3 or len(cloud) == 0:
        raise BadInput(f"points have shape {cloud.shape}, expected (n, 3) with n > 0")
    if not np.isfinite(cloud).all():
        raise BadInput("points hold NaN or infinite coordinates")
    return cloud
