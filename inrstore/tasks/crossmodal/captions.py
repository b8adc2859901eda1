"""What the shapes of a store are called: what a text head learns from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, NoEncoder
from inrstore.records import FloatArray
from inrstore.store.sentences import SILENT
from inrstore.words import sentence

from ..trained import asked_for

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

CAPTIONS = "captions"
"""The tag that holds further captions of a shape: a JSON list, or some with | between them."""
MOST = 6
"""Captions of one shape that are learned from."""
FEWEST = 20
"""Shapes with words, without which nothing can be learned and measured."""


@dataclass(frozen=True, eq=False)
class Captioned:
    """Embeddings of shapes, and what these are called."""

    rows: FloatArray
    """(n, d)."""
    captions: Sequence[tuple[str, ...]]
    """(n,) of each shape, the plainest first."""
    about: tuple[Mapping[str, Any], ...]
    """What a card says of them, store by store."""

    def __len__(self) -> int:
        return len(self.captions)

    @classmethod
    def of(cls, stores: Sequence[Store], where: Conditions | None = None) -> Captioned:
        """Those of some stores with one encoder that have an embedding and words; the conditions are for the first.

        Errors: NoEncoder; BadInput if the stores' encoders are several, or too few shapes have words.
        """
        if (encoder := stores[0].encoder_id) is None:
            raise NoEncoder("the store has no encoder, so its shapes have no embeddings to learn from")
        parts: list[FloatArray] = []
        captions: list[tuple[str, ...]] = []
        about: list[Mapping[str, Any]] = []
        for place, store in enumerate(stores):
            if store.encoder_id != encoder:
                raise BadInput(f"store {store.id} has embeddings of another encoder; run 'inrstore reencode' on it")
            keys, rows = store.embeddings(store.keys(where if place == 0 else None))
            said = captions_of(store, keys)
            there = [row for row, key in enumerate(keys.tolist()) if said.get(key)]
            parts.append(rows[there])
            captions += [said[int(keys[row])] for row in there]
            about.append({"store": store.id, "shapes": len(there), **(asked_for(where) if place == 0 else {})})
        if len(captions) < FEWEST:
            raise BadInput(
                f"{len(captions)} shapes have a name, label or tag with words, and {FEWEST} are needed; give some with "
                "'inrstore label' or 'inrstore tag'"
            )
        return cls(np.concatenate(parts).astype(np.float32), captions, tuple(about))

    def folds(self, count: int, seed: int) -> NDArray[np.int64]:
        """(n,) a fold of each shape; those with one plainest caption are in one, so that no name is in two."""
        plain = [said[0].lower() for said in self.captions]
        names = sorted(set(plain))
        fold = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % count, strict=True))
        return np.array([fold[name] for name in plain], np.int64)


def captions_of(store: Store, keys: NDArray[np.int64]) -> dict[int, tuple[str, ...]]:
    """Of each shape with words, by key: name, name with label, label, and what its tags say."""
    found = {}
    for key, shape in store.shapes_by_key(keys.tolist()).items():
        tags = {name: value for name, value in shape.tags.items() if name not in SILENT}
        given = listed(tags.pop(CAPTIONS, ""))
        name, label = sentence(shape.name, None, ()), sentence("", shape.label, ())
        of_tags = [sentence("", None, [piece]) for value in tags.values() for piece in value.split(",")]
        both = f"{name}, {label}" if name and label and name.lower() != label.lower() else ""
        said = dict.fromkeys(one.strip() for one in (name, *given, both, label, *of_tags))
        said.pop("", None)
        if said:
            found[key] = tuple(said)[:MOST]
    return found


def listed(text: str) -> list[str]:
    """Several captions in one tag. Errors: none; what is no JSON list of texts is taken as it is."""
    if text.startswith("["):
        try:
            values = json.loads(text)
        except ValueError:
            return [text]
        return [value for value in values if isinstance(value, str)]
    return text.split("|")
