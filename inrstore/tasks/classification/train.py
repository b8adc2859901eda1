"""Training a classifier from a store: embeddings and labels in, a head with its card out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.model import Head
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray

from ..trained import Trained
from .calibration import best_temperature, calibration_error, honest_error, log_loss, probabilities
from .classifier import KIND, Classifier, logits_of, tensors_of
from .fitting import KINDS, fit
from .labelled import Labelled

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store


@dataclass(frozen=True)
class ClassifierRecipe:
    """Settings of a training; frozen, and saved in the card of what it makes."""

    network: str = "linear"
    """`linear`, or `mlp`: inr2vec's as published."""
    strengths: tuple[float, ...] = (1.0, 10.0, 100.0, 1_000.0)
    """Inverse regularisations of a linear one, of which that with the least validated log loss is taken."""
    flagged: float = 0.05
    """Of shapes like those learned from, so many are flagged as unlike."""
    seed: int = 0


@dataclass(frozen=True, eq=False)
class _Validated:
    """What shapes that were not learned from are said to be, for one strength."""

    strength: float
    places: NDArray[np.int64]
    logits: FloatArray
    label: NDArray[np.int64]
    temperature: float
    loss: float


def train_classifier(
    store: Store,
    label: str = "label",
    recipe: ClassifierRecipe | None = None,
    *,
    where: Conditions | None = None,
    split: str | None = None,
    name: str | None = None,
    on_progress: OnProgress | None = None,
) -> Trained:
    """Train a classifier on a store's embeddings and labels, and keep it there as a head; no source is read.

    Validated is with shapes that were not learned from: each once in five folds, of 2,000 shapes or more a tenth of
    them. That chooses the regularisation, the temperature of the probabilities and the threshold of what is unlike all
    classes; then all are learned from. Ctrl-C leaves out the strengths that were not tried yet.

    Parameters
    ----------
    label : "label", or the tag that names the class.
    where : only shapes that fulfil these conditions are learned from.
    split : a tag: shapes in which it is train are learned from, and the figures are of those in which it is test.
    name : of the head; by default that of the label.

    Raises
    ------
    NoEncoder
        If the store has no embeddings.
    BadInput
        If there are too few labels or classes, or an unknown network is named.
    """
    recipe, started = recipe or ClassifierRecipe(), time.perf_counter()
    if recipe.network not in KINDS:
        raise BadInput(f"network is {recipe.network!r}; it must be one of {', '.join(KINDS)}")
    given = Labelled.of(store, label, where)
    own, asked = _sides(store, given, split, label)
    validated, stopped = _validated(own.check(), recipe, on_progress)
    network = fit(recipe.network, own, validated.strength, recipe.seed)
    settings = {
        "network": recipe.network,
        "names": list(own.names),
        "label": label,
        "dim": int(own.rows.shape[1]),
        "temperature": validated.temperature,
        "threshold": float(np.quantile(validated.logits.max(axis=1), recipe.flagged)),
    }
    encoder = store.encoder_id
    assert encoder is not None  # there are embeddings

    def head_with(card: Mapping[str, Any]) -> Head:
        return Head.task(name or label, KIND, encoder, settings, tensors_of(network), card)

    if asked is None:
        figures = _figures(validated.logits, validated.label, validated.temperature, recipe.seed)
    else:
        figures = evaluate(Classifier(head_with({})), asked)[0]
    head = head_with(
        {**_card(store, own, asked, split, where, recipe, validated.strength, stopped), "figures": figures}
    )
    store.add_head(head)
    return Trained(head, figures, time.perf_counter() - started)


def evaluate(classifier: Classifier, asked: Labelled) -> tuple[dict[str, float], NDArray[np.int64]]:
    """Figures of a classifier on labelled embeddings, and (n,) the places in its classes of what it said.

    What has a label that the classifier does not know counts as wrong; of these, and of those that are known, the
    share that is flagged as unlike is given. Errors: BadInput if no label is known to it, as `Classifier.logits`.
    """
    names = {name: place for place, name in enumerate(classifier.names)}
    place = np.array([names.get(name, -1) for name in asked.names])[asked.label]
    known = place >= 0
    if not known.any():
        raise BadInput(
            f"no shape has a label that the classifier {classifier.head.name!r} knows: {', '.join(names)[:200]}"
        )
    logits = classifier.logits(asked.rows)
    temperature = float(classifier.head.settings["settings"]["temperature"])
    figures = _figures(logits[known], place[known], temperature, None)
    strange = classifier.unlike(logits)
    figures["flagged as unlike"] = round(float(strange[known].mean()), 4)
    if not known.all():
        figures["of unknown labels"] = int((~known).sum())
        figures["of these flagged"] = round(float(strange[~known].mean()), 4)
    return figures, logits.argmax(axis=1).astype(np.int64)


def _sides(store: Store, given: Labelled, split: str | None, label: str) -> tuple[Labelled, Labelled | None]:
    """What is learned from, and what is asked in the end, if a tag says which."""
    if split is None:
        return given, None
    tags = store.values(split)
    side = np.array([tags.get(int(key), "") for key in given.keys])
    own, asked = (given.at(np.flatnonzero(side == name)).trimmed() for name in ("train", "test"))
    if not len(own) or not len(asked):
        raise BadInput(
            f"of the shapes with a {label!r}, {len(own)} have a tag {split!r} that is train and {len(asked)} one that "
            f"is test; give both with 'inrstore tag', as {split}=train"
        )
    return own, asked


def _validated(own: Labelled, recipe: ClassifierRecipe, on_progress: OnProgress | None) -> tuple[_Validated, bool]:
    """The best of the strengths, and whether it was interrupted before all were tried."""
    strengths = recipe.strengths if recipe.network == "linear" else recipe.strengths[:1]
    splits = own.splits(recipe.seed)
    meter = Meter(on_progress, len(strengths) * len(splits), stage="validating")
    best: _Validated | None = None
    try:
        for strength in strengths:
            logits, places = [], []
            for learned, asked in splits:
                logits.append(logits_of(fit(recipe.network, own.at(learned), strength, recipe.seed), own.rows[asked]))
                places.append(asked)
                meter.step(f"strength {strength:g}")
            found = _at(own, strength, np.concatenate(places), np.concatenate(logits))
            best = found if best is None or found.loss < best.loss else best
    except KeyboardInterrupt:
        if best is None:
            raise
        return best, True
    assert best is not None
    return best, False


def _at(own: Labelled, strength: float, places: NDArray[np.int64], logits: FloatArray) -> _Validated:
    label = own.label[places]
    temperature = best_temperature(logits, label)
    return _Validated(strength, places, logits, label, temperature, log_loss(logits, label, temperature))


def _figures(logits: FloatArray, label: NDArray[np.int64], temperature: float, halves: int | None) -> dict[str, float]:
    """With `halves`, a seed, the calibration is measured with temperatures of the other half each."""
    right = logits.argmax(axis=1) == label
    of_class = [float(right[label == place].mean()) for place in np.unique(label)]
    error = (
        calibration_error(probabilities(logits, temperature), label)
        if halves is None
        else honest_error(logits, label, halves)
    )
    found = {
        "accuracy": float(right.mean()),
        "accuracy of classes": float(np.mean(of_class)),
        "calibration error": error,
        "log loss": log_loss(logits, label, temperature),
    }
    return {**{key: round(value, 4) for key, value in found.items()}, "shapes": len(label), "classes": len(of_class)}


def _card(
    store: Store,
    own: Labelled,
    asked: Labelled | None,
    split: str | None,
    where: Conditions | None,
    recipe: ClassifierRecipe,
    strength: float,
    stopped: bool,
) -> Mapping[str, Any]:
    """What somebody should know who is given the head; the figures are added."""
    folds = len(own.splits(recipe.seed))
    how = f"asked once each in {folds} folds" if folds > 1 else "a tenth of them asked"
    return {
        "data": own.described(store, where),
        "split": how if asked is None else f"tag {split}: {len(asked)} that are test asked",
        "seed": recipe.seed,
        "settings": {**asdict(recipe), "strengths": list(recipe.strengths), "strength": strength},
        **({"stopped": "interrupted before all strengths were tried"} if stopped else {}),
    }
