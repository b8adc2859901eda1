"""Views: vectors of what is decoded, which say the same wherever and beside whatever they are made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from inrstore.errors import BadArray, BadInput, MissingDependency
from inrstore.model import Model, load_model
from inrstore.model.encoders import EncoderPart, find
from inrstore.model.encoders import views as module
from inrstore.model.encoders.views import SIDE, ViewsEncoder, mean_of
from inrstore.pictures.views import ROUND, all_round
from inrstore.surface.extraction import extract_mesh, inr_field
from inrstore.towers.squeeze import Squeeze

WIDE = 5


class Silhouettes:
    """What of a picture is not white, in all and in each quarter."""

    name, id, dim, side = "silhouettes", "s" * 64, WIDE, 32

    def encode(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        rows = []
        for one in pictures:
            dark, half = one.min(axis=2) < 250, len(one) // 2
            quarters = [dark[i : i + half, j : j + half].mean() for i in (0, half) for j in (0, half)]
            rows.append([dark.mean(), *quarters])
        return np.array(rows, np.float32)


@pytest.fixture(scope="module")
def default() -> Model:
    return load_model("default")


@pytest.fixture
def tower(monkeypatch: pytest.MonkeyPatch) -> Silhouettes:
    monkeypatch.setattr(module, "image_tower", lambda name: Silhouettes())
    return Silhouettes()


def encoder(model: Model, squeeze: Squeeze | None = None) -> ViewsEncoder:
    return ViewsEncoder(model.base.siren, Silhouettes.name, Silhouettes.id, WIDE, squeeze, 0.25)


def test_a_vector_is_the_mean_of_what_the_tower_makes_of_the_views(default: Model, tower: Silhouettes) -> None:
    weights = default.base.start("sdf")
    vertices, faces = extract_mesh(inr_field(default.base.siren, weights), "sdf", 64)
    pictures = all_round(vertices.astype(np.float32), faces, SIDE)
    assert len(pictures) == len(ROUND) == 12 and pictures[0].shape == (SIDE, SIDE, 3)
    rows = tower.encode(pictures)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    due = rows.mean(axis=0) / np.linalg.norm(rows.mean(axis=0))
    made = encoder(default)
    found = made.encode("sdf", weights[None])
    np.testing.assert_allclose(found, due[None], atol=1e-5)
    beside = made.encode("sdf", np.stack([weights * 0.99, weights]))
    np.testing.assert_array_equal(beside[1], found[0])  # whatever is beside it
    middle, ways = np.arange(WIDE, dtype=np.float32) / 50, np.eye(WIDE, 2, dtype=np.float32)
    squeezed = encoder(default, Squeeze(middle, ways))
    by_hand = (tower.encode(pictures) - middle) @ ways
    by_hand /= np.linalg.norm(by_hand, axis=1, keepdims=True)
    np.testing.assert_allclose(squeezed.encode("sdf", weights[None])[0], mean_of(by_hand), atol=1e-5)
    assert squeezed.dim == 2


def test_a_network_without_a_surface_looks_like_nothing(default: Model, tower: Silhouettes) -> None:
    nothing = np.zeros((1, default.base.siren.size), np.float32)
    nothing[:, -1] = -9.0  # far from everything
    white = Silhouettes().encode([np.full((SIDE, SIDE, 3), 255, np.uint8)])
    made = encoder(default)
    np.testing.assert_array_equal(made.encode("sdf", nothing), made.vectors(white))


def test_it_is_the_same_after_it_was_saved(default: Model, tower: Silhouettes) -> None:
    rng = np.random.default_rng(0)
    squeeze = Squeeze(rng.normal(size=WIDE).astype(np.float32), rng.normal(size=(WIDE, 3)).astype(np.float32))
    part = EncoderPart.of("v", encoder(default, squeeze), default.base)
    again = part.build(default.base)
    assert isinstance(again, find("views")) and isinstance(again, ViewsEncoder)
    assert (part.dim, again.dim, again.floor, again.tower) == (3, 3, 0.25, "silhouettes")
    rows = rng.random((4, WIDE)).astype(np.float32)
    np.testing.assert_allclose(again.vectors(rows), encoder(default, squeeze).vectors(rows), atol=2e-3)
    assert EncoderPart.of("v", again, default.base).id == part.id
    with pytest.raises(BadArray, match=r"\(4, 4\); these views read \(n, 5\)"):
        again.vectors(rows[:, :4])


def test_views_that_were_read_otherwise_are_not_compared(default: Model, tower: Silhouettes) -> None:
    base = default.base
    for other in (
        ViewsEncoder(base.siren, "silhouettes", "t" * 64, WIDE),
        ViewsEncoder(base.siren, "silhouettes", Silhouettes.id, WIDE, reading="8 cells"),
    ):
        with pytest.raises(MissingDependency, match="inrstore encode --views --tower silhouettes"):
            other.loaded()


def test_a_tower_that_is_gone_is_said(default: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> Silhouettes:
        raise BadInput(f"tower: {name!r} is neither a file nor a tag")

    monkeypatch.setattr(module, "image_tower", gone)
    with pytest.raises(MissingDependency, match="read by silhouettes, which is not here: .*neither a file nor a tag"):
        encoder(default).loaded()
