"""What a search by words gives back: its hits, and what the text was taken for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inrstore.limits import Limit

from ..results import Told

if TYPE_CHECKING:
    from inrstore.store.wording import Wording


@dataclass(frozen=True)
class Understood:
    """What was made of a text."""

    words: tuple[str, ...]
    """What was looked for."""
    limits: tuple[Limit, ...] = ()
    """What became a condition."""
    instead: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What words were taken for that nothing is called."""
    unknown: tuple[str, ...] = ()
    """Words that nothing is called, nor nearly so."""
    left_out: int = 0
    """Words beyond the most that are looked for."""
    unread: int = 0
    """Shapes whose words are not compared by meaning yet."""
    further: str = ""
    """Why nothing is compared by meaning, or by shape, if that could be."""

    @classmethod
    def of(cls, wording: Wording, limits: Sequence[Limit], unread: int = 0, further: str = "") -> Understood:
        """From what the store's index of words made of a text."""
        words, unknown = tuple(word.text for word in wording.words), tuple(wording.unknown)
        return cls(words, tuple(limits), wording.instead, unknown, wording.left_out, unread, further)

    def sentences(self) -> list[str]:
        """The same in words; nothing where the text was taken as it is."""
        return [*map(str, self.limits), *self.notes()]

    def notes(self) -> list[str]:
        """All but the limits in words."""
        said = [f"nothing is called {word!r}; taken for {' or '.join(other)}" for word, other in self.instead.items()]
        if not self.words and not self.limits:
            said.append("there is no word in it")
        if self.unknown:
            said.append(f"nothing is called {', '.join(map(repr, self.unknown))}")
        if self.left_out:
            said.append(f"{self.left_out:,} further words were left out")
        if self.unread:
            some = f"{self.unread:,} shapes" if self.unread > 1 else "1 shape"
            said.append(f"{some} cannot be found by meaning yet: run `inrstore encode --words`")
        if self.further:
            said.append(self.further)
        return said

    def to_dict(self) -> dict[str, Any]:
        return {
            "words": list(self.words),
            "limits": [{"said": one.said, "condition": one.condition} for one in self.limits],
            "instead": {word: list(other) for word, other in self.instead.items()},
            "unknown": list(self.unknown),
            "left_out": self.left_out,
            "unread": self.unread,
            "further": self.further,
        }


@dataclass(frozen=True, repr=False)
class TextResult(Told):
    """The answer to a text, best first.

    A hit's `score` is of the reciprocal ranks that its evidence gives it (`fusion`), 1 for what is first by all.
    """

    understood: Understood = Understood(())

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "understood": self.understood.to_dict()}

    def said(self) -> list[str]:
        return [*self.understood.sentences(), *super().said()]
