"""Views beside the embeddings: made of what is stored, kept by later runs, and said where they cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ingest
from ingest import viewing
from inrstore.errors import MissingDependency
from inrstore.model.encoders import views as module
from inrstore.store import Store, open_store
from inrstore.tasks.crossmodal import views as choosing
from tests import looks
from tests.ingest.runs import boxes, run


@pytest.fixture
def tower(monkeypatch: pytest.MonkeyPatch) -> looks.FakeImage:
    for place in (module, choosing):
        monkeypatch.setattr(place, "image_tower", lambda name: looks.FakeImage())
    return looks.FakeImage()


def rows_of(store: Store) -> np.ndarray:
    """What the encoder says of the stored weights, shape by shape."""
    own = store.encoder(str(store.beside("views"))).build(store.base())
    return np.concatenate([own.encode("sdf", store.weights([key])) for key in store.keys().tolist()])


def test_views_are_made_of_the_stored_networks(store: Store, tmp_path: Path, tower: looks.FakeImage) -> None:
    run(store, boxes(tmp_path / "in", 3))
    stages: list[str] = []
    result = ingest.encode_views(store, engine="inline", on_progress=lambda progress: stages.append(progress.stage))
    assert result.encoded == 3 and result.encoder == store.beside("views") != store.encoder_id
    assert set(stages) == {"encoding views"}
    keys, rows = store.embeddings(encoder=result.encoder)
    np.testing.assert_array_equal(keys, store.keys())
    assert rows.tobytes() == rows_of(store).tobytes()
    assert ingest.encode_views(store, engine="inline").encoded == 0


def test_later_runs_keep_them(store: Store, tmp_path: Path, tower: looks.FakeImage, monkeypatch: Any) -> None:
    run(store, boxes(tmp_path / "in", 2))
    assert store.beside("views") is None
    ingest.encode_views(store, engine="inline")
    done = run(store, boxes(tmp_path / "in", 4), engine="inline")
    assert done.stored == 2 and done.notes == []
    assert len(store.embedding_keys(str(store.beside("views")))) == 4
    monkeypatch.setattr(viewing, "BESIDES", 0)
    store.set_embeddings(store.keys(), store.embeddings()[1])  # nothing of the views changes
    use_other(store)
    done = run(store, boxes(tmp_path / "in", 5), engine="inline")
    assert done.notes == ["shapes without views: 5; run 'inrstore encode --views'"]  # too many for a run of one
    assert len(store.embedding_keys(str(store.beside("views")))) == 0


def use_other(store: Store) -> None:
    from inrstore.model.encoders import EncoderPart

    other = module.ViewsEncoder(store.base().siren, "fake", looks.TOWER_ID, looks.WIDE, floor=0.5)
    store.use_beside(EncoderPart.of("other", other, store.base()))


def test_a_run_goes_on_without_the_tower(store: Store, tmp_path: Path, tower: Any, monkeypatch: Any) -> None:
    run(store, boxes(tmp_path / "in", 2))
    ingest.encode_views(store, engine="inline")

    def missing(name: str) -> Any:
        raise MissingDependency("pictures are compared with the extra image: pip install 'inrstore[image]'")

    monkeypatch.setattr(module, "image_tower", missing)
    done = run(store, boxes(tmp_path / "in", 3), engine="inline")
    assert done.stored == 1 and len(store.embedding_keys()) == 3
    (note,) = done.notes
    assert note.startswith("shapes without views: 1; ") and "inrstore[image]" in note
    assert run(store, boxes(tmp_path / "in", 3), engine="inline").notes == []  # nothing came
    monkeypatch.setattr(module, "image_tower", lambda name: looks.FakeImage())
    assert run(store, boxes(tmp_path / "in", 4), engine="inline").notes == []
    assert len(store.embedding_keys(str(store.beside("views")))) == 4  # with the one that was left out


def test_a_run_does_not_choose_for_another_process(store: Store, tmp_path: Path, tower: Any, monkeypatch: Any) -> None:
    run(store, boxes(tmp_path / "in", 2))
    ingest.encode_views(store, engine="inline")
    former = str(store.beside("views"))

    def chosen_meanwhile(self: Any) -> Any:
        use_other(open_store(store.url))
        return looks.FakeImage()

    monkeypatch.setattr(module.ViewsEncoder, "loaded", chosen_meanwhile)
    ingest.encode_views(store, engine="inline")
    assert store.beside("views") != former


def test_more_than_a_few_are_made_by_the_engine(store: Store, tmp_path: Path, tower: Any, monkeypatch: Any) -> None:
    run(store, boxes(tmp_path / "in", 1))
    ingest.encode_views(store, engine="inline")
    monkeypatch.setattr(viewing, "FEW", 1)
    assert run(store, boxes(tmp_path / "in", 3), engine="inline").notes == []
    own = str(store.beside("views"))
    assert store.embeddings(encoder=own)[1].tobytes() == rows_of(store).tobytes()


def test_a_tower_that_is_given_follows_the_head(store: Store, tmp_path: Path, tower: Any) -> None:
    run(store, boxes(tmp_path / "in", 2))
    ingest.encode_views(store, engine="inline")
    former, dim = store.beside("views"), store.encoder().dim
    assert store.encoder(str(former)).dim == looks.WIDE  # no head reads this tower: all is kept
    store.add_head(looks.image_head(str(store.encoder_id), dim=dim))
    assert ingest.encode_views(store, engine="inline").encoder == former
    assert ingest.encode_views(store, "fake", engine="inline").encoder == former  # that head was made for no views
    store.add_head(looks.image_head(str(store.encoder_id), dim=dim, views_floor=0.25))
    assert ingest.encode_views(store, engine="inline").encoder == former
    done = ingest.encode_views(store, "fake", engine="inline")
    assert done.encoded == 2 and done.encoder != former
    own = open_store(store.url).encoder(done.encoder).build(store.base())
    assert isinstance(own, module.ViewsEncoder) and own.floor == 0.25 and own.squeeze is not None
