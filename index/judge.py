"""Compares pairs of shapes, and knows what people decided of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from inrstore.progress import Meter, OnProgress
from inrstore.records import Decision

from .candidates import Pair
from .evidence import VARIANT, Evidence, Limits, judged
from .surfaces import Surfaces


class Judge:
    """Compares two shapes once, however often it is asked; not at all those that somebody told apart."""

    def __init__(
        self,
        surfaces: Surfaces,
        limits: Limits,
        mirror: bool,
        count: int,
        on_progress: OnProgress | None,
        decided: Mapping[Pair, Decision] | None = None,
    ) -> None:
        """`decided`, by pairs of which the lower key is first."""
        self.surfaces, self.limits, self.mirror, self.decided = surfaces, limits, mirror, decided or {}
        self.meter = Meter(on_progress, count, stage="comparing")
        self._known: dict[Pair, Evidence | None] = {}

    def counted(self, pairs: Sequence[Pair]) -> Iterator[Pair]:
        """The pairs, each told to whoever listens once it is done."""
        for pair in pairs:
            yield pair
            self.meter.step()

    def __call__(self, one: int, other: int) -> Evidence | None:
        if (one, other) not in self._known:
            decision = self.decided.get((min(one, other), max(one, other)))
            self._known[one, other] = None if self._told_apart(decision) else self._compared(one, other, decision)
        return self._known[one, other]

    def apart(self) -> list[tuple[int, Mapping[int, Evidence]]]:
        """Groups of the pairs that would be found if nobody had told them apart."""
        found: list[tuple[int, Mapping[int, Evidence]]] = []
        for (one, other), decision in self.decided.items():
            if self._told_apart(decision) and (evidence := self._compared(one, other, None)) is not None:
                found.append((one, {other: replace(evidence, decision=decision)}))
        return found

    def _told_apart(self, decision: Decision | None) -> bool:
        """Variants are two things where the same alone counts."""
        return decision == "different" or (decision == VARIANT and self.limits.variant is None)

    def _compared(self, one: int, other: int, decision: Decision | None) -> Evidence | None:
        from inrstore.surface.comparison import compare

        within = self.limits.same if self.limits.variant is None else self.limits.variant
        found = compare(self.surfaces[one], self.surfaces[other], mirror=self.mirror, within=within)
        shapes = self.surfaces.shapes
        return judged(shapes[one], shapes[other], found, self.limits, decision)
