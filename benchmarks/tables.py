"""Writes docs/results.md from the results beside this script.

python benchmarks/tables.py > docs/results.md
"""

from __future__ import annotations

from typing import Any

from pages import bold, grid, load, paragraph, there
from tables_codes import decoded
from tables_crossmodal import looked
from tables_goals_tasks import goals_of_tasks
from tables_roads import roads
from tables_scale import scaled
from tables_search import searching
from tables_serve import served
from tables_tasks import tasks
from tables_words import worded


def main() -> None:
    print(
        "\n".join(
            [
                *introduction(),
                *whole(),
                *fitting(),
                *fitting_on_a_gpu(),
                *searching(),
                *served(),
                *worded(),
                *looked(),
                *scaled(),
                *tasks(),
                *decoded(),
                *goals_of_tasks(),
                *roads(),
                *ablation(),
                *refining(),
            ]
        )
    )


def introduction() -> list[str]:
    return [
        "# What was measured",
        "",
        *paragraph(
            "Written by `python benchmarks/tables.py > docs/results.md` from"
            " [benchmarks/results](../benchmarks/results/),"
            " where each file says machine, commit and command. Lengths are in units of the normalised radius."
            " Chamfer-L1"
            " is the mean of both directions, F@τ the F-score at distance τ, both of 200,000 samples a side of surfaces"
            " decoded at 256³. Machines differ, and this one is shared, so compare seconds within one table only."
        ),
    ]


def whole() -> list[str]:
    result = load("whole")
    names = {
        "f@0.01, the 20 of fit.py": "F@0.01, 20",
        "f@0.01": "F@0.01, all",
        "f@0.01, visible": "visible",
        "f@0.01, visible, worst": "visible, worst",
        "far": "far",
        "whole": "whole",
        "f@0.01, visible, sheets": "sheets",
    }
    profiles = [name for name, row in result.items() if isinstance(row, dict)]
    rows = [[bold(name), *(f"{result[name][key]:.3f}" for key in names)] for name in profiles]
    first = result[profiles[0]]
    return [
        "## What comes back",
        "",
        *paragraph(
            f"All {first['meshes']} example meshes, exact distances. F@0.01 of the 20 meshes of the next table, and of"
            " all, against all of the source, and against what of it can be seen from outside; `far` is the share of"
            " the visible source farther than .02 from the decoded surface, `whole` the share of the meshes that have"
            " at most two more connected parts than their source, and `sheets` are the"
            f" {first['sheets']} meshes that are mostly leaves, cloth, or panels thinner than a network can hold."
        ),
        *grid(["", *names.values()], rows),
        "",
        *contact_sheet(),
    ]


def fitting_on_a_gpu() -> list[str]:
    if not there("gpu"):
        return []
    result = load("gpu")
    rows = []
    for name, row in result.items():
        if not isinstance(row, dict):
            continue
        here, there_ = row.get("surface on the CPU"), row.get("surface")
        both = [f"{by['chamfer_l1']:.4f} / {by['f@0.01']:.3f}" if by else "–" for by in (there_, here)]
        rate = row["shapes_per_second"]
        ratio = rate / result["paper"]["shapes_per_second"]
        rows.append([bold(name), str(row["batch"]), f"{rate:.1f}", f"{ratio:.0f}", *both])
    return [
        "## Fitting on a GPU",
        "",
        *paragraph(
            f"Fits alone, on one {result['card']}: samples lie in the host's memory when the clock starts, and weights"
            " when it stops. `paper` is the official recipe with our arithmetic; `times` is over it. The last columns"
            " are Chamfer-L1 / F@0.01 of surfaces of the first example meshes, fitted there and on its CPU."
        ),
        *grid(["profile", "shapes at once", "shapes/s", "times", "surface", "of the CPU's fits"], rows),
        "",
    ]


def contact_sheet() -> list[str]:
    """Nothing until the official recipe's fits, which take most of an hour, have been made once."""
    if not there("contact_sheet"):
        return []
    return [
        *paragraph(
            "A dozen of them, drawn from their networks, with F@0.01 against all of the source; the official recipe is"
            " the published one, 500 steps of a network of 790,529 weights, on samples of ours."
        ),
        "![source, fast, default, fidelity, official recipe](../benchmarks/results/contact_sheet.webp)",
        "",
    ]


def fitting() -> list[str]:
    result = load("fit")
    table, ratios = result["surfaces"], result["official over ours"]
    rows = []
    for name, row in table.items():
        ratio = ratios.get(name, {})
        figures = [f"{row['f@0.01']:.3f}", f"{row['f@0.005']:.3f}", f"{row['chamfer_l1']:.5f}"]
        open_ones = f"{row['open meshes']['f@0.01']:.3f}"
        cost = [f"{row['seconds']:.3g}", f"{row['sampling_seconds']:.2g}", f"{row['gflop']:,}"]
        rows.append([bold(name), *figures, open_ones, *cost, over(ratio, "time"), over(ratio, "operations")])
    names = ["", "F@0.01", "F@0.005", "Chamfer-L1", "F@0.01, open", "s, fit", "s, samples", "GFLOP"]
    names += ["time", "operations"]
    official = table["official"]
    return [
        "## Fitting against the official recipe",
        "",
        *paragraph(
            f"{official['meshes']} of the example meshes, {official['open']} of them too open for a sign;"
            f" seconds a shape"
            f" on {result['machine']}; the last two columns are the official recipe over ours, without the drawing of"
            " samples. Other rows are the profiles' recipes at other lengths. The official figures are of before hidden"
            " faces were left out and sheets got thickness: what is hidden was fitted, and open meshes as unsigned"
            " distances. Against all of the source, as here, either counts against the profiles, which were ahead"
            " before (fidelity .938); how much is due to which was not measured. What they are for"
            " is in the table above."
        ),
        *grid(names, rows),
        "",
        "![surface error against time](../benchmarks/results/fit.png)",
        "",
    ]


def ablation() -> list[str]:
    result = load("ablation")
    lines = ["## What each part of a fit is worth", ""]
    lines += paragraph(
        "From the fast profile's 60 steps of 64-wide networks, here from SIREN's shared random start, one"
        " change each."
        " Surface on eight meshes; retrieval without an encoder: cosine on 64 main directions of the weight change."
    )
    sets = [name for name in ("example meshes", "clouds") if name in result["short"]["as it is"]]
    titles = {"example meshes": "74 meshes, 13 classes", "clouds": "160 ModelNet40 clouds"}
    columns = [f"{titles[name]}: {figure}" for name in sets for figure in ("hit@1", "mAP")]
    rows = [
        [name, *surface(row), *(f"{row[s][k]:.3f}" for s in sets for k in ("hit@1", "map")), *cost(row)]
        for name, row in result["short"].items()
    ]
    lines += [*grid(["short fits", "Chamfer-L1", "F@0.01", *columns, "GFLOP"], rows), ""]
    lines += paragraph(
        "From the fidelity profile's 1,200 steps of 64-wide networks from its learned base, likewise. A base is for one"
        " architecture, so networks of another start at random; where the width changes, the operations stay."
    )
    rows = [[name, *surface(row), *cost(row)] for name, row in result["long"].items()]
    return [*lines, *grid(["long fits", "Chamfer-L1", "F@0.01", "GFLOP"], rows), ""]


def refining() -> list[str]:
    result = load("refine")
    rows = [
        [name, f"{row['error'] * 1000:.2f}", f"{row['bytes']:,}" if "bytes" in row else "–"]
        for name, row in result["table"].items()
    ]
    return [
        "## Finer without the source",
        "",
        *paragraph(
            "The fidelity profile fitted to kept samples (`ingest --keep-samples`, then `refine`),"
            f" {len(result['meshes'])} meshes: error at 70,000 samples that no fit saw, in thousandths of the radius."
        ),
        *grid(["fitted to", "error", "bytes a shape"], rows),
    ]


def surface(row: dict[str, Any]) -> list[str]:
    return [f"{row['chamfer_l1']:.4f}", f"{row['f@0.01']:.3f}"]


def cost(row: dict[str, Any]) -> list[str]:
    return [f"{row['gflop']:g}"]


def over(ratio: dict[str, float], key: str) -> str:
    return f"{ratio[key]:,.0f} ×" if ratio else "1"


if __name__ == "__main__":
    main()
