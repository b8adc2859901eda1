"""Two contact sheets over the furniture: what twelve texts find, and what twelve icons find, of which none was learned.

    python benchmarks/looks_sheets.py furniture.store captioned.store WORK/icons VIEWS

The arguments are those of crossmodal_pictures.py, whose drawn views are taken. The texts are asked as a user asks them,
by words, meaning and shape, with the packaged head, which has learned from most of these objects' names. The icons are
the first of a random order, so that failures show as often as they occur; they are compared with views by what a head
kept that has learned neither from their objects nor from what is called like these. A green dot: the icon's own object.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from crossmodal import FOLDS, head_of
from crossmodal_pictures import from_all_round, viewed
from record import REPO

import index
from index.results import Evidence
from inrstore.pictures.intake import take
from inrstore.pictures.sheet import Tile, sheet
from inrstore.pictures.stored import thumbnail
from inrstore.store import Store, open_store
from inrstore.tasks.crossmodal.captions import Captioned
from inrstore.tasks.crossmodal.head import IMAGE
from inrstore.tasks.crossmodal.train_image import ImageRecipe, learn_image, pictured
from inrstore.towers import IMAGE as TOWER
from inrstore.towers import image_tower

TEXTS = (
    *("a chair with arms", "couch", "something to sleep in", "lamp on a tall foot", "round table", "potted plant"),
    *("car", "thing to wash hands in", "bookcase over 1.5 m", "cofee machine", "animal", "bracket with four holes"),
)
HITS, SIZE, ICONS = 6, 256, 12


def texts(store: Store, path: Path) -> None:
    rows = []
    for text in TEXTS:
        found = index.search_text(store, text, k=HITS, by=("words", "meaning", "shape"), unit="cm")
        hits = [(hit.shape, hit.why) for hit in found.hits if hit.shape]
        said = [Tile(thumbnail(store, shape, SIZE), _short(shape.name), _by(why)) for shape, why in hits]
        rows.append([Tile(None, text, framed=True), *(said or [Tile(None, "nothing is like that")])])
    sheet(rows, path)


def icons(stores: list[Store], folder: Path, work: Path, path: Path) -> None:
    recipe, tower = ImageRecipe(), image_tower(TOWER)
    known, _ = pictured(stores, recipe, folder, None, TOWER, work, 2, None)
    fold = Captioned.of(stores[:1]).folds(FOLDS, 0)
    learned = np.concatenate([fold != 0, np.ones(len(known.rows) - known.first, bool)])
    settings, tensors, _ = learn_image(known.of(learned), recipe, work, None)
    about = {"tower": tower.name, "tower_id": tower.id, "features": tower.dim, "views_floor": 0.0}
    head = head_of(IMAGE, {**about, **settings}, tensors)
    store, around = stores[0], from_all_round(stores[0], work, 2)
    shapes = list(store.shapes_by_key(store.embedding_keys().tolist()).values())
    asked = np.random.default_rng(0).permutation(np.flatnonzero(fold == 0))[:ICONS]
    pictures = [take(next(folder.rglob(f"{shapes[place].name}.png"))).square(SIZE) for place in asked]
    scores = viewed(tower.encode(pictures), around.features, head.squeeze)
    rows = []
    for place, picture, of in zip(asked.tolist(), pictures, scores, strict=True):
        row = [Tile(picture, _short(shapes[place].name), "icon")]
        for hit in np.argsort(-of)[:HITS].tolist():
            own = True if hit == place else None
            row.append(Tile(thumbnail(store, shapes[hit], SIZE), _short(shapes[hit].name), f"{of[hit]:.2f}", own))
        rows.append(row)
    sheet(rows, path)


def _short(name: str) -> str:
    """Without the pack's number."""
    return name.rsplit(" ", 1)[0][:20]


def _by(why: tuple[Evidence, ...]) -> str:
    """By which evidence it was found: w, m, s."""
    return "".join(one.by[0] for one in why)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("furniture", "captioned", "icons", "views"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--out", type=Path, default=REPO / "docs" / "pictures")
    options = parser.parse_args()
    stores = [open_store(path) for path in (options.furniture, options.captioned)]
    icons(stores, options.icons, options.views, options.out / "looks_icons.webp")
    texts(stores[0], options.out / "looks_texts.webp")


if __name__ == "__main__":
    main()
