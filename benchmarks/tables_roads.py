"""The part of docs/results.md that is about one network for all shapes; see `tables`."""

from __future__ import annotations

from typing import Any

from pages import bold, grid, load, paragraph, there

ERRORS = {"chamfer_l1": 4, "f@0.01": 3, "f@0.02": 3}
"""With the digits that are shown."""
FOUND = {"hit@1": "hit@1", "hit@5": "hit@5", "hit@10": "hit@10", "map": "mAP"}


def roads() -> list[str]:
    """Nothing until `roads.py` has been run."""
    if not there("roads"):
        return []
    lines = [
        "## One network a shape, or one for all",
        "",
        *paragraph(
            "inr2vec's appendix A asks whether a set of shapes should be one network with a latent for each. Three such"
            " roads, auto-decoded, learn from the samples that the default profile draws, in the processor time of its"
            " fits. Of a new shape the latent alone is fitted. Networks that are not of the"
            " published size are 128 wide, so that they see enough samples in that time. The base of the individual"
            " networks was learned beforehand, from other shapes; that time is not counted. Surfaces of some shapes a"
            " side, decoded at 64³: here Chamfer-L1 and F are of exact distances from 20,000 points of either to the"
            " triangles of the other, and where there is no surface F is 0 and Chamfer-L1 left out. Retrieval is leave"
            " one out by class, of the networks by the packaged encoder, which asks them: shapes that were"
            " learned from, and new ones, each among all."
        ),
    ]
    for name, run in load("roads")["runs"].items():
        lines += [
            *paragraph(f"**{name}**: {run['train']} shapes learned, {run['new']} new; {run['machine']}."),
            *surfaces(run["rows"]),
            "",
            *retrieval(run["rows"]),
            "",
        ]
    return lines


def surfaces(rows: dict[str, Any]) -> list[str]:
    table = []
    for name, row in rows.items():
        if "surface" not in row:
            continue
        sides = [row["surface"][side] for side in ("train", "new")]
        errors = [f"{side[key]:.{digits}f}" for side in sides for key, digits in ERRORS.items()]
        empty = str(sum(side["empty"] for side in sides))
        seconds = [f"{row[key]:.2f}" for key in ("seconds", "new seconds")]
        table.append([bold(name), *errors, empty, f"{row['numbers']:,}", f"{row['shared']:,}", *seconds])
    names = [f"{side}: {title}" for side in ("learned", "new") for title in ("Chamfer-L1", "F@0.01", "F@0.02")]
    return grid(["", *names, "empty", "numbers a shape", "shared", "s, learned", "s, new"], table)


def retrieval(rows: dict[str, Any]) -> list[str]:
    table = []
    for name, row in rows.items():
        if "retrieval" not in row:
            continue
        sides = [row["retrieval"][side] for side in ("train", "new")]
        table.append([bold(name), f"{row['numbers']:,}", *(f"{side[key]:.3f}" for side in sides for key in FOUND)])
    names = [f"{side}: {title}" for side in ("learned", "new") for title in FOUND.values()]
    return grid(["", "numbers", *names], table)
