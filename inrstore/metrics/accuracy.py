"""How well simple classifiers on frozen embeddings name a shape's class: the probes of representation learning."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inrstore.errors import BadInput, MissingDependency

from .bootstrap import intervals

Rows = NDArray[np.floating]
Make = Callable[[NDArray[Any]], Any]
"""From the labels (t,) that are learned from to a classifier of scikit-learn."""
NEIGHBOURS = 5
STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Of which a linear classifier's inverse regularisation C is chosen, by cross-validation within the training rows."""
INNER = 3


@dataclass(frozen=True, eq=False)
class Accuracy:
    """What one kind of classifier said of the rows that it had not seen."""

    right: NDArray[np.bool_]
    """(t,) whether each of them was named rightly."""
    classes: NDArray[np.generic]
    """(t,) their true labels."""

    @property
    def mean(self) -> float:
        return float(self.right.mean())

    @property
    def by_class(self) -> float:
        """The mean over the classes of the accuracy in each: rare ones count as much."""
        return float(np.mean([self.right[self.classes == name].mean() for name in np.unique(self.classes)]))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Bootstrap interval of `mean`, over the rows."""
        low, high = intervals(self.right[None].astype(np.float64), level)[0]
        return float(low), float(high)


def accuracies(
    embeddings: Rows, labels: ArrayLike, train: ArrayLike | None = None, *, folds: int = 5, seed: int = 0
) -> dict[str, Accuracy]:
    """Accuracy by kind of classifier: "knn" (cosine, the nearest five), "linear" (logistic), "svm" (linear).

    embeddings : (n, d) float
    labels : (n,) anything that compares
    train : (n,) bool, which rows are learned from, the others being asked; without it every row is asked once, in
        stratified folds, and rows of classes with fewer members than `folds` take no part

    The embeddings are scaled to unit length. Errors: BadInput if nothing can be learned or asked, MissingDependency
    without scikit-learn.
    """
    rows, names = np.asarray(embeddings, np.float64), np.asarray(labels)
    if rows.ndim != 2 or len(rows) != len(names):
        raise BadInput(f"embeddings have shape {rows.shape} for {len(names)} labels; expected is (n, d) for n labels")
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    kinds = _kinds()
    splits = _folds(names, folds, seed) if train is None else [_split(names, np.asarray(train, bool))]
    return {kind: _accuracy(make, rows, names, splits) for kind, make in kinds.items()}


def _split(names: NDArray[Any], train: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    learned, asked = np.flatnonzero(train), np.flatnonzero(~train)
    if len(np.unique(names[learned])) < 2 or not len(asked):
        raise BadInput(
            f"{len(learned)} shapes to learn from and {len(asked)} to ask; give two classes and one at least"
        )
    return learned, asked


def _folds(names: NDArray[Any], folds: int, seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    from sklearn.model_selection import StratifiedKFold

    kinds, places, sizes = np.unique(names, return_inverse=True, return_counts=True)
    taking = np.flatnonzero(sizes[places] >= folds)
    if len(np.unique(names[taking])) < 2:
        raise BadInput(
            f"fewer than two of {len(kinds)} classes have {folds} members, one a fold; label more, or take fewer folds"
        )
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return [(taking[a], taking[b]) for a, b in splitter.split(taking, names[taking])]


def _accuracy(
    make: Make,
    rows: Rows,
    names: NDArray[Any],
    splits: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
) -> Accuracy:
    right = []
    for learned, asked in splits:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes too small for inner folds, and strengths that do not settle
            right.append(make(names[learned]).fit(rows[learned], names[learned]).predict(rows[asked]) == names[asked])
    return Accuracy(np.concatenate(right), np.concatenate([names[asked] for _, asked in splits]))


def _kinds() -> Mapping[str, Make]:
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV
        from sklearn.neighbors import KNeighborsClassifier
        from sklearn.svm import LinearSVC
    except ImportError as error:
        raise MissingDependency("accuracies need scikit-learn: pip install 'inrstore[eval]'") from error

    def tuned(classifier: Any, names: NDArray[Any]) -> Any:
        most = np.unique(names, return_counts=True)[1].max()
        return classifier if most < INNER else GridSearchCV(classifier, {"C": STRENGTHS}, cv=INNER)

    return {
        "knn": lambda names: KNeighborsClassifier(min(NEIGHBOURS, len(names)), metric="cosine", weights="distance"),
        "linear": lambda names: tuned(LogisticRegression(max_iter=2_000), names),
        "svm": lambda names: tuned(LinearSVC(dual="auto", max_iter=20_000), names),
    }
