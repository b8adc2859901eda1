"""How well a transfer makes wholes of scans: real networks of clouds it never saw, against what needs no training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, EmptySurface
from inrstore.metrics.surfaces import surface_metrics
from inrstore.pictures.answers import Answer
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray
from inrstore.surface.extraction import inr_field
from inrstore.surface.points import Faces, Vertices, surface_points
from inrstore.surface.simplify import watertight
from inrstore.tasks import Codes, Transfer
from inrstore.tasks.transfer.completion import solid, with_seen
from inrstore.tasks.transfer.pairs import clouds, surface_of
from inrstore.tasks.transfer.train import fitting
from inrstore.tasks.transfer.twins import clouds_of, without_twins

from .scans import fit_cloud

TAUS = (0.02, 0.05)
"""Of F-scores, in units of the normalised radius."""
EXAMPLES = 6
POINTS = 16_384
"""Of a mesh that is compared."""


@dataclass(frozen=True)
class Measured:
    """Means over scans, by who answered."""

    rows: Mapping[str, Mapping[str, float]]
    """`transfer`, as `completed` answers; `code`, what is said decoded without what was seen; `input`, the cloud as
    it came; `nearest`, the stored surface whose code is nearest; `decoder`, the cloud's own code decoded.
    Of each chamfer_l1 and F-scores."""
    closed: float
    """Share of the scans of which the transfer made a closed mesh; where it made none the input stands for it."""
    scans: int
    examples: Sequence[Answer]
    """Of the first few scans."""

    def to_dict(self) -> dict[str, object]:
        """As JSON has it: the transfer's figures, and of every row, itself among them."""
        figures = {**self.rows["transfer"], "closed": self.closed, "scans": self.scans}
        return {"figures": figures, "rows": {who: dict(row) for who, row in self.rows.items()}}


def measure(
    codes: Codes,
    transfer: Transfer,
    *,
    split: str | None = None,
    count: int = 50,
    resolution: int = 96,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Measured:
    """Ask a transfer with scans of stored shapes that it did not learn from; each is fitted as a file would be.

    The shapes are any others of the store, or those others in which the tag `split` is test. A scan is drawn of each
    shape's own surface, in the frame of the whole, and compared with that surface.

    Errors: BadInput if there are none, or nothing of what was learned from is in the store.
    """
    own, asked = transfer.learned(codes.store), not_learned(codes, transfer, split)
    some = scans(codes, transfer, asked, count, seed)
    neighbours = codes.of_keys(own)
    found, closed, examples = list[dict[str, dict[str, float]]](), list[bool](), list[Answer]()
    meter = Meter(on_progress, min(count, len(asked)), stage="scans")
    for scan, whole in some:
        weights = fit_cloud(codes.store, scan)
        code = codes.encode("udf", weights[None])[0]
        said, seen = transfer.codes(code[None])[0], inr_field(codes.model.siren, weights)
        made = _surface(partial(with_seen, codes, said, transfer.field, seen, resolution))
        closed.append(made is not None and watertight(made[1]))
        alone, plain = (_surface(partial(solid, codes, one, transfer.field, resolution)) for one in (said, code))
        nearest = int(own[np.argmax(neighbours @ code)])
        clouds_of = {
            "transfer": scan if made is None else _points(*made),
            "code": scan if alone is None else _points(*alone),
            "input": scan,
            "nearest": surface_of(codes, codes.store.shape(nearest)),
            "decoder": scan if plain is None else _points(*plain),
        }
        found.append({who: surface_metrics(cloud, whole, TAUS) for who, cloud in clouds_of.items()})
        if len(examples) < EXAMPLES:
            examples.append(Answer(scan, made, whole, f"{found[-1]['transfer']['chamfer_l1']:.3f}"))
        meter.step()
    rows = {
        who: {name: round(float(np.mean([one[who][name] for one in found])), 4) for name in found[0][who]}
        for who in found[0]
    }
    return Measured(rows, round(float(np.mean(closed)), 4), len(found), examples)


def not_learned(codes: Codes, transfer: Transfer, split: str | None) -> NDArray[np.int64]:
    """(n,) keys of shapes that a transfer can be asked with. Errors: BadInput if there are none."""
    if not len(transfer.learned(codes.store)):
        raise BadInput(f"no shape that {transfer.head.name!r} learned from is in the store; measure it in its own")
    learned = transfer.learned(codes.store)
    keys = np.setdiff1d(fitting(codes, transfer.task), learned)
    keys = without_twins(codes.store, keys, learned, transfer.same)
    if split is not None:
        tags = codes.store.values(split)
        keys = keys[[tags.get(int(key)) == "test" for key in keys]]
    if not len(keys):
        raise BadInput("all such shapes were learned from; store more, or train with --split or on fewer with --shapes")
    return keys


def scans(
    codes: Codes, transfer: Transfer, asked: NDArray[np.int64], count: int, seed: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Of at most `count` of the shapes (n,), by their keys, a cloud that is seen (m, 3) and the surface (k, 3).

    Of a transfer that learned of clouds and solids of the same objects, that cloud is seen.
    """
    chosen = np.sort(np.random.default_rng(seed).permutation(asked)[:count])
    twins = clouds_of(codes.store, chosen, transfer.same)
    shapes = codes.store.shapes_by_key([*chosen.tolist(), *twins.values()])
    for number, key in enumerate(chosen.tolist()):
        try:
            whole = surface_of(codes, shapes[key])
            seen = surface_of(codes, shapes[twins[key]]) if key in twins else whole
        except EmptySurface:
            continue
        views = clouds(seen, transfer.task, 2, np.random.default_rng([seed, key]))
        yield views[number % 2], whole  # kinds of views in turn


def _surface(made: Callable[[], tuple[Vertices, Faces]]) -> tuple[Vertices, Faces] | None:
    try:
        return made()
    except EmptySurface:
        return None


def _points(vertices: Vertices, faces: Faces) -> FloatArray:
    found = surface_points(vertices, faces, POINTS, np.random.default_rng(0))
    return found.astype(np.float32)
