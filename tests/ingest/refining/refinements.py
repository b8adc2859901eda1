"""A profile that is fitted in a moment, and refinements with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ingest
from inrstore.network.recipe import Recipe
from inrstore.store import Store

FINE = Recipe("fine", hidden=64, base="random", steps=200, batch_points=1_024, half=False)


def profile(folder: Path, recipe: Recipe = FINE) -> Path:
    path = folder / f"{recipe.name}.json"
    path.write_text(recipe.to_json())
    return path


def refine(store: Store, shapes: Any, **options: Any) -> tuple[int, int, int]:
    result = ingest.refine(store, shapes, **{"jobs": 1, "device": "cpu", **options})
    return result.refined, result.skipped, result.failed
