"""The part of docs/results.md that is about what is decoded of codes; see `tables`."""

from __future__ import annotations

from typing import Any

from pages import bold, grid, load, paragraph, there

WAYS = ("within", "across", "across, plain")
SHARES = ("closed", "one piece", "one piece, nothing left out", "ends of one piece", "uneven by less than 20 %")
WHO = {
    "transfer": "transfer",
    "code": "its code alone, decoded",
    "decoder": "the scan's own code, decoded",
    "nearest": "nearest shape learned from",
    "input": "the scan itself",
    "poisson": "screened Poisson",
}
ERRORS = {"chamfer_l1": 4, "f@0.02": 3, "f@0.05": 3}
"""With the digits that are shown."""


def decoded() -> list[str]:
    return [*interpolation(), *transfers()]


def interpolation() -> list[str]:
    """Nothing until `interpolation.py` has been run."""
    if not there("interpolation"):
        return []
    result = load("interpolation")
    rows = [
        [kind, str(way["pairs"]), *(_share(way[key]) for key in SHARES), f"{way['uneven, median']:.3f}",
         f"{way['uneven, 95 %']:.3f}", f"{way['seconds']:.0f}"]
        for kind, way in ((kind, result[kind]) for kind in WAYS)
    ]  # fmt: skip
    own = result["decoder"]
    return [
        "## What codes are decoded into",
        "",
        *paragraph(
            f"Surfaces decoded from the codes of {own['shapes']:.0f} shapes of {result['store']}, drawn for each of"
            f" {len(result['seeds'])} seeds, against those of their own networks: Chamfer-L1 {own['chamfer_l1']:.4f} of"
            f" the radius, F-score {own['f@0.01']:.3f} at .01, {own['f@0.02']:.3f} at .02 and {own['f@0.05']:.3f} at"
            f" .05; other points of the networks' own surfaces reach {own['ceiling f@0.01']:.3f},"
            f" {own['ceiling f@0.02']:.3f} and {own['ceiling f@0.05']:.3f}. The codes' model never saw these shapes."
        ),
        *paragraph(
            f"Interpolated in {result['steps']} steps, within a class and across two, the ends as their own networks"
            " have them. Unevenness is how much the Chamfer distance between neighbouring steps differs at most from"
            " its mean. `plain` is as decoded, ends included, with whatever volume and pieces that gives."
        ),
        *grid(["pairs of", "number", *SHARES, "uneven, median", "uneven, 95 %", "s a pair"], rows),
        "",
    ]


def transfers() -> list[str]:
    """Nothing until `completion.py` has been run."""
    if not there("completion"):
        return []
    lines = [
        "## Completion and reconstruction",
        "",
        *paragraph(
            "Scans of shapes that were not learned from, in the frame of the whole, against the surface of the whole:"
            " of a completion half are cut by a plane and half seen by one camera; of a reconstruction they are clouds"
            " of all of it. Means over seeds."
        ),
    ]
    for store, found in load("completion")["figures"].items():
        for task in ("completion", "reconstruction"):
            if task in found:
                lines += [*paragraph(f"**{store}, {task}**, {_about(found[task])}:"), *_answers(found[task]), ""]
    return lines


def _about(rows: dict[str, Any]) -> str:
    row = rows["transfer"]
    return f"{row['scans']:.0f} scans a seed, {row['closed']:.1%} of the transfer's meshes closed"


def _answers(rows: dict[str, Any]) -> list[str]:
    table = [
        [
            bold(title) if who == "transfer" else title,
            *(f"{rows[who][key]:.{digits}f}" for key, digits in ERRORS.items()),
        ]
        for who, title in WHO.items()
        if who in rows
    ]
    return grid(["answer", "Chamfer-L1", "F@0.02", "F@0.05"], table)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
