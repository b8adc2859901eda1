"""The part of docs/results.md that is about tasks; see `tables`."""

from __future__ import annotations

from pages import grid, load, paragraph, there


def tasks() -> list[str]:
    return [*classification(), *segmentation(), *generation()]


def classification() -> list[str]:
    if not there("classification"):
        return []
    result = load("classification")
    rows, strange = [], []
    for store, found in result["figures"].items():
        for name in ("linear", "mlp"):
            row = found[name]
            keys = ("accuracy", "accuracy of classes", "calibration error", "log loss")
            rows.append([store, name, *(f"{row[key]:.3f}" for key in keys), f"{row['seconds']:.0f}"])
        rows.append([store, "nearest neighbour", f"{found['nearest neighbour']['accuracy']:.3f}", "", "", "", ""])
        row = found["strangers"]
        strange.append([store, *(f"{row[key]:.2f}" for key in ("area", "known flagged", "strangers flagged"))])
    return [
        "## Classification",
        "",
        *paragraph(
            "Heads on stored embeddings of the packaged encoder, which asks the networks, as they lie; means of three"
            " seeds: `linear`, and inr2vec's three layers (`mlp`). psb and shrec are asked in five folds; mn40,"
            " ModelNet40's 9,843 clouds of its training part as networks of the fast profile, by 1,003 that are not"
            " learned from. Seconds are of the whole training on one busy core, its validation included."
        ),
        *grid(["shapes", "head", "accuracy", "mean of classes", "calibration error", "log loss", "seconds"], rows),
        "",
        *paragraph(
            "With a quarter of the classes not learned: the area under the curve of the greatest logit, which tells"
            " their shapes from others of the learned classes, and the shares of both that are flagged as unlike all."
        ),
        *grid(["shapes", "area", "known, flagged", "strangers, flagged"], strange),
        "",
    ]


def segmentation() -> list[str]:
    if not there("segmentation"):
        return []
    result = load("segmentation")
    keys = ("accuracy of classes", "class mIoU", "accuracy", "instance mIoU")
    rows = [[name, *(f"{row[key]:.3f}" for key in keys)] for name, row in result["figures"].items()]
    return [
        "## Part segmentation",
        "",
        *paragraph(
            f"{result['shapes']} labelled Princeton meshes of 19 classes as networks of the fast profile; of each class"
            f" seven in ten are learned from, and of the others every face of the source is asked; means of"
            f" {len(result['seeds'])} draws. `sees the network` is the default head, `published` sees embedding, class"
            " and point alone."
        ),
        *grid(["", "faces right, mean of classes", "mIoU, mean of classes", "faces right", "mIoU"], rows),
        "",
    ]


def generation() -> list[str]:
    if not there("generation"):
        return []
    rows = [
        [shapes, name, f"{row['MMD']:.4f}", f"{row['COV']:.2f}", f"{row['1-NNA']:.2f}", _share(row)]
        for shapes, found in load("generation")["figures"].items()
        for name, row in found.items()
    ]
    return [
        "## Generation",
        "",
        *paragraph(
            "ModelNet40's clouds as networks of the fast profile, one class at a time, one seed: 64 new shapes against"
            " 64 that were not learned from, by the Chamfer distance of their surfaces (1-NNA is best at .5). `gan` is"
            " the published network. Below are as many of the shapes that were learned from, as they are and as their"
            " codes are decoded, and the codes of the references themselves decoded. Remembered are new codes that are"
            " nearer to one that was learned from than 99 of 100 of those are to another."
        ),
        *grid(["class", "", "MMD", "COV", "1-NNA", "remembered"], rows),
        "",
    ]


def _share(row: dict[str, float]) -> str:
    return f"{row['remembered']:.2f}" if "remembered" in row else ""
