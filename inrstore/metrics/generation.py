"""Whether samples of a generator are like shapes that it never saw: MMD, COV and 1-NNA; and whether it only remembers.

The three figures are those of Achlioptas et al. 2018 and Yang et al. 2019 (PointFlow), between as many samples as
references, by the Chamfer distance of their clouds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.progress import Meter, OnProgress

from .surfaces import Points, nearest_distances

Matrix = NDArray[np.float64]
RARE = 1.0
"""Percentile of the distances between what was learned from, below which a sample counts as remembered."""
ROWS = 512
"""Rows whose distances to all others are held at once."""


def chamfer_l2(a: Points, b: Points) -> float:
    """Chamfer distance of clouds a (n, 3) and b (m, 3) as in PointFlow.

    The mean squared distance of a's points to the nearest of b, plus that of b's to the nearest of a. Errors: BadInput.
    """
    return float(np.mean(nearest_distances(a, b) ** 2) + np.mean(nearest_distances(b, a) ** 2))


@dataclass(frozen=True, eq=False)
class Distances:
    """Between samples and references, of which there are as many."""

    across: Matrix
    """(n, n): a row a sample, a column a reference."""
    samples: Matrix
    """(n, n) of samples to each other."""
    references: Matrix
    """(n, n) of references to each other."""

    @classmethod
    def of(
        cls, samples: Sequence[Points], references: Sequence[Points], on_progress: OnProgress | None = None
    ) -> Distances:
        """By `chamfer_l2`, of clouds (m, 3). Errors: BadInput if there are none, or not as many of both."""
        count = len(samples)
        if not count or count != len(references):
            raise BadInput(f"{count} samples and {len(references)} references came; give as many of both, and one")
        clouds = [*samples, *references]
        meter, found = Meter(on_progress, 2 * count, stage="comparing"), np.zeros((2 * count, 2 * count))
        for place, cloud in enumerate(clouds):
            found[place, :place] = [chamfer_l2(cloud, other) for other in clouds[:place]]
            meter.step()
        found += found.T
        return cls(found[:count, count:], found[:count, :count], found[count:, count:])

    def figures(self) -> dict[str, float]:
        """Names as they are published, and values."""
        return {"MMD": self.mmd(), "COV": self.cov(), "1-NNA": self.nna()}

    def mmd(self) -> float:
        """Minimum matching distance: the mean distance of references to the nearest sample; less is better."""
        return float(self.across.min(axis=0).mean())

    def cov(self) -> float:
        """Coverage: the share of references that are the nearest one to some sample; more is better."""
        return len(np.unique(self.across.argmin(axis=1))) / len(self.across)

    def nna(self) -> float:
        """1-NNA: how often the nearest other cloud is of the same side; .5 is best, 1 says that they are told apart.

        Lopez-Paz & Oquab 2017. Copies of the references give less than .5.
        """
        count = len(self.across)
        whole = np.block([[self.samples, self.across], [self.across.T, self.references]])
        np.fill_diagonal(whole, np.inf)
        side = np.arange(2 * count) < count
        return float(np.mean(side[whole.argmin(axis=1)] == side))


def remembered(samples: NDArray[np.floating], learned: NDArray[np.floating]) -> dict[str, float]:
    """Whether samples (n, d) are among what was learned from (m, d), by Euclidean distances of their codes.

    "nearest": the median distance of a sample to the nearest of these. "nearest of learned": of these to the nearest
    other. "remembered": the share of samples that are nearer than 99 % of these are to theirs. Of samples that are new
    draws of the same shapes it is about .01. What is but an average is near to all, and counts, too; then 1-NNA is near
    1. Errors: BadInput without samples, or with less than two to learn from.
    """
    if not len(samples) or len(learned) < 2:
        raise BadInput(f"{len(samples)} samples and {len(learned)} learned from; give 1 and 2 at least")
    usual = nearest_of(learned, learned, same=True)[1]
    found = nearest_of(samples, learned)[1]
    return {
        "nearest": float(np.median(found)),
        "nearest of learned": float(np.median(usual)),
        "remembered": float(np.mean(found < np.percentile(usual, RARE))),
    }


def nearest_of(
    rows: NDArray[np.floating], others: NDArray[np.floating], same: bool = False
) -> tuple[NDArray[np.intp], Matrix]:
    """Places (n,) in others (m, d) of those nearest to rows (n, d), and distances (n,); if `same`, itself is none."""
    others = np.asarray(others, np.float64)
    lengths, places, distances = (others**2).sum(axis=1), [], []
    for start in range(0, len(rows), ROWS):
        part = np.asarray(rows[start : start + ROWS], np.float64)
        squares = (part**2).sum(axis=1)[:, None] + lengths - 2 * part @ others.T
        if same:
            squares[np.arange(len(part)), start + np.arange(len(part))] = np.inf
        place = squares.argmin(axis=1)
        places.append(place)
        distances.append(np.linalg.norm(part - others[place], axis=1))  # exact where they are the same
    return np.concatenate(places), np.concatenate(distances)
