"""What named shapes are put together from: boxes, bars, tubes, turned and drawn-out parts, Z up and the front at -Y."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from manifold3d import CrossSection, FillRule, JoinType, Manifold
from numpy.random import Generator

from .structures import sweep, union

ROUND = 32
"""Sides of what is round."""
Place = Sequence[float]
NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
    *("twenty-one", "twenty-two", "twenty-three", "twenty-four"),
)
AXES = {"x": (0, 90, 0), "y": (-90, 0, 0), "z": (0, 0, 0)}


@dataclass(frozen=True)
class Made:
    """A solid and what is true of it.

    nouns : what it is called, the usual word first
    adjectives : that go before the noun
    having : phrases that go behind it, such as "with four holes"; the most telling first
    category : what it is one of
    facts : counts that a test can find again: `genus` (holes through it) and `feet` (pieces that it stands on)
    """

    solid: Manifold
    nouns: tuple[str, ...]
    adjectives: tuple[str, ...] = ()
    having: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)


Named = Callable[[Generator], Made]


def counted(count: int, one: str, many: str = "") -> str:
    """ "a hole" or "four holes"."""
    if count == 1:
        return f"{article(one)} {one}"
    return f"{NUMBERS[count]} {many or one + 's'}"


def article(word: str) -> str:
    return "an" if word[0] in "aeio" or word.startswith(("um", "up")) else "a"


def between(value: float, low: float, high: float, words: tuple[str, str]) -> tuple[str, ...]:
    """The first word below `low`, the second above `high`, none in the middle."""
    return words[:1] if value < low else words[1:] if value > high else ()


def chance(rng: Generator, part: float = 0.5) -> bool:
    return bool(rng.random() < part)


def either(rng: Generator, *choices: str) -> str:
    return choices[int(rng.integers(len(choices)))]


def number(rng: Generator, low: int, high: int) -> int:
    """Of both ends included."""
    return int(rng.integers(low, high + 1))


def box(size: Place, at: Place = (0, 0, 0)) -> Manifold:
    """With the middle of its bottom at a place."""
    return Manifold.cube(tuple(size), True).translate((at[0], at[1], at[2] + size[2] / 2))


def soft(size: Place, at: Place = (0, 0, 0), radius: float = 0.05) -> Manifold:
    """A box whose edges are round, all of them."""
    radius = min(radius, 0.45 * min(size))
    inner = np.array(size) / 2 - radius
    ball = Manifold.sphere(radius, 16)
    corners = [ball.translate(inner * (x, y, z)) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    return Manifold.batch_hull(corners).translate((at[0], at[1], at[2] + size[2] / 2))


def upright(width: float, depth: float, radius: float, height: float, at: Place = (0, 0, 0)) -> Manifold:
    """A box whose upright edges are round."""
    return rectangle(width, depth, radius).extrude(height).translate(tuple(at))


def rectangle(width: float, depth: float, radius: float = 0) -> CrossSection:
    radius = min(radius, 0.49 * min(width, depth))
    flat = CrossSection.square((width - 2 * radius, depth - 2 * radius), True)
    return flat.offset(radius, JoinType.Round, 2, ROUND) if radius > 0 else flat


def polygon(sides: int, radius: float) -> CrossSection:
    angles = np.arange(sides) * 2 * np.pi / sides + np.pi / sides
    return CrossSection([radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)])


def outline(points: Iterable[Place]) -> CrossSection:
    """Of corners in either sense of turning."""
    return CrossSection([np.array(list(points), float)], FillRule.NonZero)


def cyl(
    radius: float, height: float, at: Place = (0, 0, 0), axis: str = "z", top: float | None = None, sides: int = ROUND
) -> Manifold:
    """A cylinder or cone; standing on `at`, or beginning there along another axis."""
    made = Manifold.cylinder(height, radius, radius if top is None else top, sides)
    return made.rotate(AXES[axis]).translate(tuple(at))


def ball(radius: float, at: Place = (0, 0, 0), stretch: Place = (1, 1, 1)) -> Manifold:
    return Manifold.sphere(radius, 24).scale(tuple(stretch)).translate(tuple(at))


def ring(radius: float, tube: float, at: Place = (0, 0, 0), axis: str = "z") -> Manifold:
    """A torus about an axis."""
    made = CrossSection.circle(tube, 14).translate((radius, 0)).revolve(40)
    return made.rotate(AXES[axis]).translate(tuple(at))


def tube(path: Iterable[Place], radius: float | np.ndarray, sides: int = 12) -> Manifold:
    """A bar bent along a path."""
    points = np.array(list(path), float)
    return sweep(points, np.broadcast_to(np.asarray(radius, float), (len(points),)), sides)


def turned(radii: Place, heights: Place, sides: int = 48) -> Manifold:
    """A solid of revolution, closed towards its axis."""
    rim = list(zip(radii, heights, strict=True))
    return outline([(0, heights[0]), *rim, (0, heights[-1])]).revolve(sides)


def hollowed(radii: Place, heights: Place, wall: float) -> Manifold:
    """A solid of revolution with a floor and a wall, open at the top."""
    fine = np.linspace(heights[0], heights[-1], 50)
    outer = np.interp(fine, heights, radii)
    inside = fine > heights[0] + wall
    inner = np.append(np.maximum(outer[inside] - wall, 0.2 * outer[inside]), max(outer[-1] - wall, 0.2 * outer[-1]))
    return turned(outer, fine) - turned(inner, np.append(fine[inside], heights[-1] + 0.1))


def smooth(knots: Place, count: int = 50) -> np.ndarray:
    """Values that go through knots without corners."""
    from scipy.interpolate import PchipInterpolator

    return np.asarray(PchipInterpolator(np.linspace(0, 1, len(knots)), knots)(np.linspace(0, 1, count)))


def around(part: Manifold, count: int) -> Manifold:
    """The part again and again about Z."""
    return union([part.rotate((0, 0, 360 * k / count)) for k in range(count)])


def both(part: Manifold, axis: int = 0) -> Manifold:
    """The part and its mirror image."""
    return part + part.mirror(tuple(float(k == axis) for k in range(3)))


def spread(count: int, width: float) -> np.ndarray:
    """Places of a row, its middle at 0."""
    return np.linspace(-width / 2, width / 2, count) if count > 1 else np.zeros(1)


def arc(radius: float, start: float, end: float, count: int = 24) -> np.ndarray:
    """(count, 2) on a circle, degrees."""
    angles = np.radians(np.linspace(start, end, count))
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
