"""The part of docs/results.md that is about search by looks: shapes by words nobody wrote, and by pictures."""

from __future__ import annotations

from typing import Any

from pages import grid, load, paragraph, there
from tables_goals import yes

SHARES = ("first", "first ten")
NAMES = {
    "the head": "names, among all",
    "the same, of new objects alone": "names, among new ones",
    "without procedural shapes": "names, among all, furniture alone",
    "the right category, then by chance": "names, the right category",
    "a head with its numbers in random order": "names, random head",
    "a guess": "names, a guess",
}
PICTURES = {
    "by views": "among all, by views",
    "the same, of new objects alone": "among new ones, by views",
    "by shape, that is the head alone": "among all",
    "by shape, of new objects alone": "among new ones",
    "by both, reciprocal ranks": "among all, by both",
    "views, features as they are": "features without a head",
    "silhouettes": "silhouettes",
    "a head with its numbers in random order": "random head",
    "a guess": "a guess",
}


def looked() -> list[str]:
    if not there("crossmodal"):
        return []
    found = load("crossmodal")
    figures = found["figures"]
    return ["## Looks", "", *names(found, figures), *pictures(), *scale(), *modelnet(found.get("modelnet40"))]


def cells(figures: dict[str, Any], name: str) -> list[str]:
    """Mean and interval of each share."""
    of = figures[name]
    return [f"{of[share]['mean']:.3f} ({of[share]['95 %'][0]:.2f} to {of[share]['95 %'][1]:.2f})" for share in SHARES]


def names(found: dict[str, Any], figures: dict[str, Any]) -> list[str]:
    all_of = figures["names, among all"]
    lines = paragraph(
        f"Heads learn {found['objects']} objects of Debian's furniture and {found['captioned']:,} procedural shapes"
        f" with captions, in five folds by name: asked are {all_of['queries']} names of which neither the word nor an"
        " object was learned, and right are the objects that are called exactly so, with every word hidden. Shares with"
        " a right first hit, and with one in the first ten, with bootstrap intervals of 95 %. What a head has learned"
        " is before what it has not, so that the second line, of the objects of the fold alone, is nearer to what a"
        " store of other shapes sees. The encoder has learned classes made of most of these names, see its card."
    )
    lines += grid(["", *SHARES], [[what, *cells(figures, name)] for what, name in NAMES.items()])
    goals = [all_of["first"]["mean"] >= 0.35, all_of["first ten"]["mean"] >= 0.75]
    return [*lines, "", *paragraph(f"Aimed at: .35 ({yes(goals[0])}) and .75 ({yes(goals[1])}).")]


def pictures() -> list[str]:
    if not there("crossmodal_pictures"):
        return []
    found = load("crossmodal_pictures")
    figures = found["figures"]
    lines = paragraph(
        "Pictures of objects of which neither a view nor the icon was learned, among all objects: the catalogue's icons"
        ", which another program drew with textures, and random views of the networks, from anywhere, under any light,"
        " in any colours, or as line drawings. The object itself is right, and nothing else. By views they are compared"
        " with twelve views of each network, by what a head kept that learned from four fifths of the objects and"
        f" {found['captioned']:,} procedural shapes; by shape the head leads to embeddings of shapes. The two fused are"
        " worse than views alone, so that a search takes one of them. Views as the tower sees them, with nothing"
        " learned, are the control of clip-retrieval's kind, silhouettes (Hu's moments) that of before."
    )
    header = ["", *(f"{what}, {share}" for what in ("icons", "own views") for share in SHARES)]
    rows = [
        [what, *(cell for q in ("icons", "own views") for cell in perhaps(figures, f"{q}, {name}"))]
        for what, name in PICTURES.items()
    ]
    lines += [*grid(header, rows), ""]
    for by, name in {"views": "among all, by views", "the head alone": "among all"}.items():
        icons, views = figures[f"icons, {name}"], figures[f"own views, {name}"]
        said = [
            f"icons first .35 ({yes(icons['first']['mean'] >= 0.35)})",
            f"first ten .75 ({yes(icons['first ten']['mean'] >= 0.75)})",
            f"own views .70 ({yes(views['first']['mean'] >= 0.7)})",
            f".95 ({yes(views['first ten']['mean'] >= 0.95)})",
        ]
        lines += paragraph(f"Aimed at, by {by}: {', '.join(said)}.")
    return lines


def scale() -> list[str]:
    if not there("looks_scale"):
        return []
    found = load("looks_scale")
    asked = {name: value for name, value in found.items() if isinstance(value, dict) and "p95_ms" in value}
    lines = paragraph(
        f"Milliseconds of a query over {found['rows']:,} shapes, warm, on two cores; aimed at are"
        f" {found['goals']['picture_p95_ms']} for a picture and {found['goals']['text_p95_ms']} for a text (p95)."
    )
    rows = [[name, f"{of['p50_ms']:.0f}", f"{of['p95_ms']:.0f}", f"{of['most_ms']:.0f}"] for name, of in asked.items()]
    return [*lines, *grid(["", "p50", "p95", "most"], rows), ""]


def perhaps(figures: dict[str, Any], name: str) -> list[str]:
    return cells(figures, name) if name in figures else ["", ""]


def modelnet(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    whole, ten = found["shipped head, 40 classes"], found["shipped head, the same 10"]
    return paragraph(
        "ModelNet40's clouds, 25 of a class that neither the encoder nor a head has seen, by the names of the 40"
        f" classes and the packaged head: {whole['as it is']:.3f} right; with each word's likeness standardised over"
        f" them {whole['standardised']:.3f} (aimed at: .35, {yes(whole['as it is'] >= 0.35)}; published with CLIP, from"
        " memory: PointCLIP .20, ULIP .60, OpenShape .85). A head that learns thirty names with 60 clouds each and is"
        f" asked for the other ten, four draws: {found['mean']:.3f} (aimed at: .40, {yes(found['mean'] >= 0.4)}); the"
        f" packaged head of the same tens: {sum(ten) / len(ten):.3f}."
    )
