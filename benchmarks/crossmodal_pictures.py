"""Finding shapes by pictures: icons and views of objects of which nothing was learned.

    python benchmarks/crossmodal_pictures.py furniture.store captioned.store WORK/icons VIEWS

The stores are those of crossmodal.py, VIEWS a folder for what is drawn. Five folds by name; right is the object itself
and nothing else, among all 820, or among the new ones alone. Heads learn from views of four fifths of the furniture,
from these objects' icons, and from views of the captioned shapes. By views is how a store with views is asked: of each
object twelve pictures from all round, drawn from its network, compared by what the fold's head keeps of the tower's
features; by both, that and the head fused by reciprocal ranks. Controls: a guess; a head with its numbers in random
order; the same views by the tower's features as they are, without any head; the moments of silhouettes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from crossmodal import FOLDS, Figures, head_of, random_head, scores_of
from record import provenance, save
from silhouettes import likeness, moments

from inrstore.model.encoders.views import CELLS, SIDE, mean_of
from inrstore.pictures.intake import take
from inrstore.pictures.views import all_round
from inrstore.store import Store, open_store
from inrstore.surface.export import shape_field
from inrstore.surface.extraction import extract_mesh
from inrstore.tasks.crossmodal.captions import Captioned
from inrstore.tasks.crossmodal.head import IMAGE
from inrstore.tasks.crossmodal.train_image import ImageRecipe, learn_image, pictured
from inrstore.towers import IMAGE as TOWER
from inrstore.towers import image_tower
from inrstore.towers.squeeze import Squeeze


def pictures(figures: Figures, stores: Sequence[Store], icons: Path, work: Path, jobs: int) -> None:
    """Queries are icons, and views that were never learned, of objects that no head has seen."""
    recipe, tower = ImageRecipe(), image_tower(TOWER)
    known, _ = pictured(stores, recipe, icons, None, TOWER, work, jobs, None)
    fewer = replace(recipe, views=3, seed=1)
    unseen, _ = pictured(stores[:1], fewer, None, None, TOWER, work, jobs, None)
    first, rows = known.first, known.rows[: known.first]
    fold = Captioned.of(stores[:1]).folds(FOLDS, 0)
    everywhere = np.concatenate([fold, np.full(len(known.rows) - first, -1)])
    around = from_all_round(stores[0], work, jobs)
    settings = {"tower": tower.name, "tower_id": tower.id, "features": tower.dim, "views_floor": 0.0}
    for one in range(FOLDS):
        head_settings, tensors, _ = learn_image(known.of(everywhere != one), recipe, work, None)
        head, new = head_of(IMAGE, {**settings, **head_settings}, tensors), fold == one
        asked = known.of(everywhere == one)
        sets = {"icons": (asked.features[asked.given], asked.own[asked.given])}
        there = np.isin(unseen.own, np.flatnonzero(new))
        sets["own views"] = (unseen.features[there], unseen.own[there])
        for what, (features, own) in sets.items():
            right = own[:, None] == np.arange(first)
            by_head, by_views = scores_of(head, features, rows), viewed(features, around.features, head.squeeze)
            for by, scores in {"": by_head, ", by views": by_views, ", by both": fused(by_head, by_views)}.items():
                figures.add(f"{what}, among all{by}", scores, right)
                figures.add(f"{what}, among new ones{by}", scores[:, new], right[:, new])
            figures.add(f"{what}, features without a head", viewed(features, around.features, None), right)
            figures.add(f"{what}, random head", scores_of(random_head(head, one), features, rows), right)
            figures.add(f"{what}, a guess", np.random.default_rng(one).random(right.shape), right)
    shown, own = silhouettes_of(stores[0], icons)
    figures.add("icons, silhouettes", likeness(shown, around.moments), own[:, None] == np.arange(first))


def viewed(features: np.ndarray, around: np.ndarray, squeeze: Squeeze | None) -> np.ndarray:
    """(q, m) cosines of pictures (q, f) with the mean of each object's views (m, v, f), all of length one."""

    def unit(some: np.ndarray) -> np.ndarray:
        kept = some.astype(np.float32) if squeeze is None else squeeze(some)
        return np.asarray(kept / np.maximum(np.linalg.norm(kept, axis=1, keepdims=True), 1e-9))

    means = np.stack([mean_of(unit(views)) for views in around])
    return unit(features) @ means.T


def fused(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """By reciprocal ranks (Cormack et al. 2009)."""
    ranks = [np.argsort(np.argsort(-scores, axis=1), axis=1) for scores in (one, other)]
    return np.asarray(sum(1 / (61 + rank) for rank in ranks))


@dataclass(frozen=True, eq=False)
class Around:
    """How each object looks from all round, by key ascending."""

    features: np.ndarray
    """(m, v, f) float16."""
    moments: np.ndarray
    """(m, v, 7)."""


def from_all_round(store: Store, work: Path, jobs: int) -> Around:
    """Kept in the folder for views."""
    kept = work / "all-round.npz"
    if not kept.is_file():
        keys = store.embedding_keys()
        with ProcessPoolExecutor(jobs, mp_context=get_context("forkserver")) as pool:
            parts = list(pool.map(partial(_around, store), np.array_split(keys, max(1, len(keys) // 20))))
        np.savez(kept, features=np.concatenate([a for a, _ in parts]), moments=np.concatenate([b for _, b in parts]))
    with np.load(kept) as arrays:
        return Around(arrays["features"], arrays["moments"])


def _around(store: Store, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    torch.set_num_threads(1)
    reads, features, found = image_tower(TOWER), [], []
    for shape in store.shapes_by_key(keys.tolist()).values():
        vertices, faces = extract_mesh(*shape_field(store, shape), CELLS)
        pictures = all_round(vertices.astype(np.float32), faces, SIDE)
        features.append(reads.encode(pictures).astype(np.float16))
        found.append(moments(pictures))
    return np.stack(features), np.stack(found)


def silhouettes_of(store: Store, icons: Path) -> tuple[np.ndarray, np.ndarray]:
    """(n, 7) of the icons, and whose they are among all."""
    shapes = store.shapes_by_key(store.embedding_keys().tolist()).values()
    place = {shape.name: number for number, shape in enumerate(shapes)}
    files = [path for path in sorted(icons.rglob("*.png")) if path.stem in place]
    return moments([take(path).square(SIDE) for path in files]), np.array([place[path.stem] for path in files])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("furniture", "captioned", "icons", "views"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    result, figures = provenance(), Figures()
    furniture, captioned = (open_store(path) for path in (options.furniture, options.captioned))
    pictures(figures, [furniture, captioned], options.icons, options.views, options.jobs)
    result |= {"objects": len(furniture.keys()), "captioned": len(captioned.keys()), "figures": figures.table()}
    print(json.dumps(result, indent=1))
    save("crossmodal_pictures", result)


if __name__ == "__main__":
    main()
