"""Labels for shapes of which nobody has labelled one: the words of a vocabulary, by what a head knows of words.

A word's likeness s with a shape says how many times likelier it is if the shape is that than if it is not: by odds
o = exp(a·s + b), the head's `slope`, which was fitted to as many right shapes as wrong ones. If a shape is one of the
words or none of them, each as likely before it is looked at, and if what the words say of it is independent otherwise,
then all words being wrong but i is o_i times as likely as all being wrong. So p_i = o_i / (1 + Σ o_j), and none of
them has 1 / (1 + Σ o_j): a softmax with one more logit, which is 0. Of the words of one label the best counts.

Words differ in how like one another's shapes they are: "bowl" is very like or very unlike anything, "guitar" hardly
either, and what is loud wins where it should not. So a likeness is divided by the deviation that it has, as the head
knows shapes, relative to that of what the head has learned; down to `LEAST`, for a word that moves less is one of which
the head knows little, as of "justice". The store's own shapes would serve worse: where nearly all are chairs, "chair"
would have to say that they are not. Of 1,000 clouds of ModelNet40 and its 40 names, which the head had not learned
from, this made the accuracy .40 instead of .35, and .83 instead of .76 of those right that had a probability of .8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, ModelMismatch
from inrstore.model import Head
from inrstore.records import FloatArray
from inrstore.store.where import check_tag_names

from ..classification.classifier import TOP, Named
from ..classification.labelled import unit
from ..classification.proposals import THRESHOLD, Proposal
from .found import query_head
from .head import TEXT, Asked, QueryHead
from .space import QUIET
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store
    from inrstore.towers import TextTower

LEAST = 0.5
"""The deviation of a word, relative to what is learned, below which its likeness is not made greater."""
COMPARED = 1 << 24
"""Pairs of a shape and a word, at once: 64 MB."""
AT_ONCE = 256
"""Words that a tower reads at once."""


@dataclass(frozen=True)
class Worded(Proposal):
    """A label for a shape that has none, of a vocabulary; it has no neighbours."""

    none: float
    """The probability that it is none of the words; `named.unlike` says that none of them is likelier."""

    @property
    def votes(self) -> float:
        return 0.0

    def to_dict(self) -> dict[str, Any]:
        source = next(iter(self.shape.sources), "")
        return {"id": self.shape.id, "source": source, **self.named.to_dict(), "none": self.none, "sure": self.sure}


@dataclass(frozen=True, eq=False)
class Words:
    """A head of kind `text` with a vocabulary, ready to say what embeddings are; `accept` takes it for a classifier."""

    query: QueryHead
    vocabulary: Vocabulary
    asked: Asked
    loud: FloatArray
    """(w,) what the likeness of each word is divided by."""
    label: str = "label"
    """What the words are values of: `label`, or a tag."""

    @classmethod
    def of(
        cls,
        store: Store,
        vocabulary: Vocabulary,
        *,
        head: QueryHead | None = None,
        tower: TextTower | None = None,
        label: str = "label",
    ) -> Words:
        """See `zero_shot`.

        Errors: ModelNotFound if there is no such head for the store; ModelMismatch if it reads other embeddings, or
        another tower; MissingDependency without its tower; BadInput for a label that no tag can be called.
        """
        if label != "label":
            check_tag_names([label], "label")
        query = query_head(store, TEXT) if head is None else head
        if query.head.encoder_id != store.encoder_id:
            raise ModelMismatch(f"head {query.head.name!r} reads embeddings of another encoder than the store's")
        features = _features(query, vocabulary.words, tower)
        return cls(query, vocabulary, query.ask(features), _loud(query, features), label)

    @property
    def head(self) -> Head:
        return self.query.head

    def probabilities(self, rows: FloatArray) -> NDArray[np.float64]:
        """(n, c + 1) of embeddings (n, d): of each label, and at last that it is none of them."""
        cosines = unit(rows) @ self.asked.vectors.T
        likeness = np.stack([self.asked.likeness(place, row) for place, row in enumerate(cosines.T)], axis=1)
        likeness /= self.loud
        a, b = self.query.slope
        starts = np.flatnonzero(np.diff(self.vocabulary.label_of, prepend=-1))
        logits = np.maximum.reduceat(a * likeness.astype(np.float64) + b, starts, axis=1)
        logits = np.concatenate([logits, np.zeros((len(rows), 1))], axis=1)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
        return found

    def name(self, rows: FloatArray, top: int = TOP) -> list[tuple[Named, float]]:
        """What each of the embeddings (n, d) is called, and the probability that it is none of the words."""
        said = self.probabilities(rows)
        order = np.argsort(-said[:, :-1], axis=1, kind="stable")[:, :top]
        answers = []
        for row, places in zip(said, order, strict=True):
            best = tuple((self.vocabulary.labels[place], float(row[place])) for place in places)
            answers.append((Named(*best[0], bool(row[-1] >= best[0][1]), best), float(row[-1])))
        return answers


def zero_shot(
    store: Store,
    vocabulary: Vocabulary | Words,
    *,
    head: QueryHead | None = None,
    tower: TextTower | None = None,
    threshold: float = THRESHOLD,
    where: Conditions | None = None,
    label: str = "label",
) -> list[Worded]:
    """A word for each encoded shape without a label, the surest first; nothing is written, see `accept`.

    What somebody has refused of a shape is left out.

    vocabulary : `Words` if the same is asked again, with its own head and label
    head : by default the store's own of kind `text`, else the packaged one
    tower : by default the one that the head names
    threshold : the probability from which on a proposal is sure, if the shape is not likelier to be none of the words
    where : only for shapes that fulfil these conditions
    label : what the words are values of: `label`, or a tag

    Errors: BadInput if the threshold is no probability; as `Words.of`.
    """
    if not 0 <= threshold <= 1:
        raise BadInput(f"threshold is {threshold}; give a probability from 0 to 1")
    words = vocabulary
    if isinstance(words, Vocabulary):
        words = Words.of(store, words, head=head, tower=tower, label=label)
    given, refused = store.values(words.label), store.refusals(words.label)
    keys, rows = store.embeddings([int(key) for key in store.keys(where) if int(key) not in given])
    shapes = store.shapes_by_key(keys.tolist())
    size = max(1, COMPARED // len(words.vocabulary.words))
    proposals = []
    for start in range(0, len(keys), size):
        some = keys[start : start + size].tolist()
        for key, (named, none) in zip(some, words.name(rows[start : start + size]), strict=True):
            if key in shapes and named.label not in refused.get(key, ()):
                sure = named.probability >= threshold and not named.unlike
                proposals.append(Worded(shapes[key], named, (), sure, none))
    return sorted(proposals, key=lambda one: (not one.sure, one.named.unlike, -one.probability, one.shape.key))


def _features(query: QueryHead, words: Sequence[str], tower: TextTower | None) -> FloatArray:
    """(w, f). Errors: MissingDependency; ModelMismatch for another tower than the head learned with."""
    if tower is None:
        from inrstore.towers import text_tower

        tower = text_tower(query.tower)
    if tower.id != query.tower_id:
        raise ModelMismatch(
            f"head {query.head.name!r} reads what {query.tower} {query.tower_id[:12]} makes of words, and here is "
            f"{tower.name} {tower.id[:12]}; train it again: 'inrstore train text'"
        )
    parts = [tower.encode(words[start : start + AT_ONCE]) for start in range(0, len(words), AT_ONCE)]
    return np.concatenate(parts)


def _loud(query: QueryHead, features: FloatArray) -> FloatArray:
    """(w,) how much the likeness of words with the features (w, f) varies from shape to shape, relative to the mean of
    what the head has learned; at least `LEAST`. Errors: as `QueryHead.inside`."""
    learned = query.inside(query.landmarks)
    # A direction of deviation d is divided by d**QUIET there, and the norm of its row says so; d**(1 - QUIET) is left.
    spread = np.maximum(np.linalg.norm(query.space.directions, axis=1), 1e-9) ** (1 - 1 / QUIET)
    usual = np.linalg.norm(learned * spread, axis=1).mean()
    own = np.linalg.norm(query.inside(features) * spread, axis=1)
    return np.asarray(np.maximum(own / max(usual, 1e-9), LEAST), np.float32)
