"""What docs/results.md says of embeddings and searches."""

from __future__ import annotations

import re
from typing import Any

from pages import bold, grid, load, paragraph, there
from tables_goals import goals

TWINS = 0.006
"""Distance of source meshes up to which two files are one object, see duplicates.py."""
NAMES = ("hit@1", "hit@5", "hit@10", "map", "accuracy, knn", "accuracy, linear", "accuracy, svm")


def searching() -> list[str]:
    return [*search(), *encoders(), *classes(), *copies(), *across(), *partial(), *duplicates(), *goals()]


def search() -> list[str]:
    rows = [
        [
            name,
            *(f"{row[key]:.3f}" for key in ("hit@1", "hit@5", "map")),
            f"{row['cosine to the exact field' + chr(39) + 's']:.3f}" if name != "exact field" else "1",
            f"{row['shapes_per_second']:.1f}" if name != "exact field" else "–",
        ]
        for name, row in load("fit")["search"].items()
    ]
    return [
        "## How long a fit search needs",
        "",
        *paragraph(
            "All example meshes by class, each asking for the others; the lattice encoder, which was the default of"
            " before, and the default's learned base. `exact field` is the embedding of the true distances at the"
            " encoder's probes: what a fit without error, by any recipe, would give."
        ),
        *grid(["fit", "hit@1", "hit@5", "mAP", "cosine to the exact field's", "shapes/s, fit alone"], rows),
        "",
    ]


def copies() -> list[str]:
    if not there("copies"):
        return []
    result = load("copies")
    first, *rest = result["classes"]
    rows = [
        [
            change,
            str(by["asked"]),
            *(f"{by[count]['rank 1']:.3f}" for count in (first, *rest)),
            f"{by[first]['rank 1, sound']:.3f} of {by['sound']}",
            *(f"{by[count]['seconds']:.1f}" for count in (first, *rest)),
        ]
        for change, by in result["copies"].items()
    ]
    plain, again = (result["classes"][count] for count in (first, rest[0]))
    return [
        "## Copies",
        "",
        *paragraph(
            f"A changed copy of a file asks the store of all {result['shapes']} example meshes, profile default: the"
            " share that finds its original first, as the search scores and with"
            f" `--rerank {rest[0].split()[1]}`, which is the default where the pose is free: the last row. `sound`"
            " leaves out, by score, what the decimation made another thing, farther from its original than two files"
            " of one object. Seconds are of a quiet machine where copies are turned about up or mirrored, else taken"
            " beside other work, one way after the other: their ratio counts."
            f" Classes asked for: hit@1 / mAP {plain['hit@1']:.3f} / {plain['map']:.3f}, with re-ranking"
            f" {again['hit@1']:.3f} / {again['map']:.3f}, so re-ranking is for copies alone."
        ),
        *grid(["the copy is", "asked", "by score", "re-ranked", "sound", "s", "s, re-ranked"], rows),
        "",
    ]


def classes() -> list[str]:
    if not there("classes"):
        return []
    rows = [
        [name, model, pose, str(row["asked"]), *figures(row, NAMES[:4]), f"{row['seconds']:.2f}"]
        for name, models in load("classes")["figures"].items()
        for model, poses in models.items()
        for pose, row in poses.items()
    ]
    return [
        "## Classes, as they lie and in any pose",
        "",
        *paragraph(
            "Leave one out by class, as `inrstore search` ranks, of networks of the profile fast; no training saw any"
            " of these shapes. `psb` is the Princeton segmentation benchmark's development part, `shrec` SHREC 2011's"
            " training part, whose animals and people stand and lie in any pose. `none`: as they lie; `up`: turned"
            " about the upright axis and mirrored, too, as a search does by itself; `free`: in any pose, of which a"
            " part of the shapes is asked. Nothing is re-ranked. The encoder asks the networks what they say."
        ),
        *grid(["shapes", "encoder", "pose", "asked", "hit@1", "hit@5", "hit@10", "mAP", "s a query"], rows),
        "",
    ]


def across() -> list[str]:
    if not there("across"):
        return []
    result = load("across")
    kinds = list(next(iter(result["models"].values())))
    rows = [
        [model, *(f"{row[kind]['rank 1']:.3f} / {row[kind]['rank 5']:.3f}" for kind in kinds)]
        for model, row in result["models"].items()
    ]
    return [
        "## Across fields",
        "",
        *paragraph(
            f"Each of {result['objects']} meshes (the examples, the Princeton segmentation benchmark's development"
            " part, and SHREC 2011's training part, at most six of a class) asks as something else, as it lies, among"
            " all meshes: the share that finds its own mesh first / among the first five. No training saw any"
            " of them. All encoders here ask the networks."
        ),
        *grid(["encoder", *kinds], rows),
        "",
    ]


def duplicates() -> list[str]:
    result = load("duplicates")
    return [
        "## Near-duplicates",
        "",
        *paragraph(
            f"`inrstore duplicates` on {result['shapes']} shapes of the Princeton segmentation benchmark's development"
            f" part with copies, profile {result['profile']}; by threshold, of which {result['default']} is the"
            " default. Recall is the share of copies in their original's group; `shapes of their own` leaves out those"
            " whose content is the original's, so that they are stored as one shape. Precision is that of pairs of"
            " stored shapes. The data hold objects twice: pairs whose source meshes lie upon each other,"
            " within .006 of the radius, are right (bearings 341 and 343, hands 181 and 187,"
            " mechanical parts 321, 323 and 329). The default was chosen on these same shapes,"
            " whose copies lie within .006 and whose nearest other objects"
            " .010 apart. The store had no encoder, so all candidates are those of signatures. What is missed is"
            " two copies of one bearing of few faces, which the copying itself changed (by now such are left out). Of a"
            f" plate of six copies {result['pieces of the plate in one group, of 6']} pieces are in one group."
        ),
        *_of_duplicates(result),
        *_of_parts(),
    ]


def _of_duplicates(result: dict[str, Any]) -> list[str]:
    names = ("recall", "recall, shapes of their own", "precision", "precision, twins in the data counted as wrong")
    rows = [[at, *(f"{row[name]:.3f}" for name in names)] for at, row in result["thresholds"].items()]
    kinds = result["thresholds"][result["default"]]["recall by kind"]
    return [
        *grid(["threshold", *names], rows),
        "",
        *grid(["copy", "found"], [[kind, f"{share:.3f}"] for kind, share in kinds.items()]),
        "",
    ]


def _of_parts() -> list[str]:
    if not there("duplicates_kicad"):
        return []
    result = load("duplicates_kicad")
    row = result["thresholds"][result["default"]]
    spoilt = row["copies left out, farther than twins from their original"]
    apart = result["of two objects, at the default, with the distance of their source meshes"]
    wrong = sum(distance > TWINS for distance in apart.values())
    return [
        *paragraph(
            f"The same with KiCad's electronic parts, {result['shapes']} shapes of 90 families in which many differ by"
            f" a few pins, profile {result['profile']}, at the threshold that was chosen above. Left out are"
            f" {sum(spoilt.values())} copies that the copying itself spoilt: a part of 200 faces is another thing with"
            f" 50. Of {len(apart)} pairs of two parts that were found to be the same surface, {len(apart) - wrong} are:"
            " variants that only names tell apart, or sizes, which are told in a column of their own. What is missed is"
            " mostly connectors of thin walls and pins, which two fits show in different places."
        ),
        *_of_duplicates(result),
    ]


def encoders() -> list[str]:
    known = {"encoders": "ModelNet40's training clouds", "encoders_voxels": "ModelNet10's training voxels"}
    names = [name for name in known if there(name)]
    if not names:
        return []
    lines = [
        "## Encoders",
        "",
        *paragraph(
            "Of shapes that no training saw, each asks all others, leave one out; simple classifiers name them that"
            " learned from the embeddings of those that the trained encoders learned from. No figure is of ModelNet's"
            " own test shapes. The packaged encoder, `lattice`, the default of before, and `probes` ask the networks"
            " what they say; `weights`, main directions and `inr2vec` never do. Rows with GPU were trained on an H100,"
            " on networks that were fitted there; the row of `weights` with GPU, a transformer that is no"
            " longer here, was"
            " measured on those, too, all others on networks that were fitted on a CPU. Of the"
            " voxels' rows that go on from another encoder, one goes on from ModelNet40's clouds, and one from seven of"
            " the ten classes, learned for 100 epochs."
        ),
    ]
    for name in names:
        result = load(name)
        rows = [[row, *figures(by)] for row, by in result["figures"].items()]
        rows += [[bold(row), *figures(by)] for row, by in means(result["figures"]).items()]
        lines += [
            *paragraph(
                f"{known[name]} as networks of the {result['profile']} profile: {result['learned from']} to learn from,"
                f" {result['asked']} of {result['classes']} classes asked."
            ),
            *grid(["encoder", "hit@1", "hit@5", "hit@10", "mAP", "k-NN", "linear", "SVM"], rows),
            "",
            *crowded(result.get("crowds", {})),
        ]
    return lines


def means(rows: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Of rows that differ by their seeds alone."""
    same: dict[str, list[dict[str, float]]] = {}
    for name, row in rows.items():
        same.setdefault(re.sub(r"seed \d+", "mean of {} seeds", name), []).append(row)
    return {
        name.format(len(some)): {key: sum(row[key] for row in some) / len(some) for key in NAMES}
        for name, some in same.items()
        if len(some) > 1
    }


def crowded(crowds: dict[str, dict[str, float]]) -> list[str]:
    """What the number of the shapes asked changes, where it was measured."""
    if not crowds:
        return []
    few, many = crowds
    one, other = (f"{by['hit@1']:.3f} / {by['map']:.3f}" for by in crowds.values())
    return paragraph(
        "Among more shapes a nearest neighbour is nearer: the packaged encoder, which never saw any of these, has"
        f" hit@1 / mAP of {one} where {few} of all ask each other and {other} where {many} do (means of five draws), so"
        " that figures of ModelNet40's 2,468 test shapes are not to be set beside these."
    )


def figures(row: dict[str, float], names: tuple[str, ...] = NAMES) -> list[str]:
    return [f"{row[name]:.3f}" for name in names]


def partial() -> list[str]:
    if not there("partial"):
        return []
    result = load("partial")
    ways = ("plain search", "--partial", "chance")
    rows = [
        [kind, str(by["asked"]), *(f"{by[way]['rank 1']:.2f} / {by[way]['rank 5']:.2f}" for way in ways)]
        + [f"{by['--partial']['seconds']:.1f}"]
        for kind, by in result["pieces"].items()
    ]
    return [
        "## Pieces",
        "",
        *paragraph(
            f"A piece of one of the {result['shapes']} stored example meshes asks for its whole, as it lies and in its"
            " units: the share that finds it first / among the first five. A single part, as a leg or a drawer, is"
            " found in a third of the cases: it fits into many shapes."
        ),
        *grid(["the piece is", "asked", *ways, "seconds"], rows),
        "",
    ]
