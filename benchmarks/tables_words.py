"""The part of docs/results.md that is about words; see `tables`."""

from __future__ import annotations

from pages import load, paragraph, there


def worded() -> list[str]:
    if not there("words"):
        return []
    found = load("words")
    return [
        "## Words",
        "",
        *paragraph(
            f"Of {found['pairs_of_different_things']:,} pairs of names of different things"
            f" {100 * found['below_the_floor']:.1f} % have a cosine below {found['floor']:g} by {found['tower']}"
            " (median"
            f" {found['quantiles']['0.5']:.2f}, .99 quantile {found['quantiles']['0.99']:.2f}; a dresser and a wardrobe"
            f" are rightly above), and of {found['pairs_of_one_thing']} pairs of words for one thing"
            f" {100 * found['above_the_floor']:.0f} % are above it; missed: {', '.join(found['missed'])}."
        ),
        "",
    ]
