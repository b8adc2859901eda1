"""Duplicates among default networks, of which some were turned, mirrored or stretched: exactly, and without any fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import index
from index.evidence import CONTENT, SIMILAR, SURFACE, VARIANT, Evidence
from inrstore import queries
from inrstore.errors import BadInput
from inrstore.model import load_model
from inrstore.network.turning import MIRROR, turned
from inrstore.records import Decision, Failure, NewShape
from inrstore.store import Store, init_store
from inrstore.surface.comparison import Surface, compare
from inrstore.surface.extraction import inr_field
from tests.shapes import digest, new_shape, packaged_networks, with_networks

TURN = Rotation.from_euler("xyz", [100, 40, 10], degrees=True).as_matrix()
TURNED, MIRRORED, STRETCHED, OTHERS = 10, 11, 12, 3
CHIRAL = 24
"""Of the packaged networks one that is not its own mirror image."""


@pytest.fixture(scope="module")
def made() -> tuple[Any, dict[int, NewShape]]:
    """Model, and shapes by number: 0, unlike its mirror image, with three copies; and others."""
    model = load_model("default")
    networks = packaged_networks(model)
    networks = np.concatenate([networks[CHIRAL:], networks[:CHIRAL]])
    weights = {number: networks[number] for number in range(OTHERS + 1)}
    for number, matrix in ((TURNED, TURN), (MIRRORED, MIRROR), (STRETCHED, np.diag([1 / 1.12, 1, 1]))):
        weights[number] = turned(model.siren, networks[0], matrix.astype(np.float32)[None])[0]
    shapes = {}
    for number, row in weights.items():
        shape = new_shape(
            model, number, quality={"vertices": 8.0, "faces": 12.0}, scale=3.0 if number == TURNED else 1.0
        )
        (shapes[number],) = with_networks(model, [shape], row[None])
    return model, shapes


@pytest.fixture(scope="module")
def store(made: tuple[Any, dict[int, NewShape]], tmp_path_factory: pytest.TempPathFactory) -> Store:
    model, shapes = made
    store = init_store(tmp_path_factory.mktemp("copies") / "shapes.store", model)
    store.commit(list(shapes.values()))
    store.add_source(digest(1), "/data/again.obj", digest("file 1"), 10)
    store.add_source(digest(1), "/data/moved.stl", digest("another file"), 10)
    return store


@pytest.fixture(scope="module")
def found(store: Store) -> index.Duplicates:
    return index.duplicates(store, level="variant", threshold=0.06)


def evidence(found: index.Duplicates, number: int) -> Any:
    return next(m.evidence for group in found for m in group.members if m.id == digest(number))


def numbers(group: index.Group, among: Sequence[int] = (*range(OTHERS + 1), TURNED, MIRRORED, STRETCHED)) -> list[int]:
    return [number for number in among if digest(number) in {member.id for member in group.members}]


def test_turned_and_mirrored_copies_are_one_group(store: Store) -> None:
    before = store.count(), store.generation()
    found = index.duplicates(store)
    assert sorted(map(numbers, found)) == [[0, TURNED, MIRRORED], [1]]
    (copies,) = (group for group in found if 0 in numbers(group))
    assert copies.members[0].id == digest(0) and copies.members[0].evidence is None
    assert (store.count(), store.generation()) == before and not found.failures
    text = repr(found)
    assert "mirrored" in text and "3× as large" in text and "/data/again.obj" in text


def test_evidence_says_how(store: Store, found: index.Duplicates) -> None:
    turned_copy, mirrored = evidence(found, TURNED), evidence(found, MIRRORED)
    assert turned_copy.relation == mirrored.relation == SIMILAR
    np.testing.assert_allclose(turned_copy.pose.matrix, TURN, atol=0.02)
    assert not turned_copy.pose.mirrored and mirrored.pose.mirrored
    assert turned_copy.ratio == pytest.approx(3, rel=0.01) and mirrored.ratio == pytest.approx(1, rel=0.01)
    keys, matrix = store.embeddings([store.shape(digest(0)).key, store.shape(digest(MIRRORED)).key])
    assert mirrored.score == pytest.approx(float(matrix[0] @ matrix[1]), abs=1e-5)
    assert turned_copy.chamfer_l1 < turned_copy.far < 0.02
    matrix = np.array(turned_copy.transform).reshape(4, 4)
    np.testing.assert_allclose(matrix[:3, :3], TURN, atol=0.02)
    assert turned_copy.to_dict()["pose"]["mirrored"] is False


def test_a_stretched_copy_is_a_variant(found: index.Duplicates, store: Store) -> None:
    stretched = evidence(found, STRETCHED)
    assert stretched.relation == VARIANT and 0.008 < stretched.chamfer_l1 < 0.06
    families = index.variants(store, threshold=0.06)
    assert [numbers(group) for group in families if 0 in numbers(group)] == [[0, TURNED, MIRRORED, STRETCHED]]
    assert all(STRETCHED in numbers(group) or 0 not in numbers(group) for group in families)


@pytest.fixture
def own(made: Any, tmp_path: Path) -> Store:
    """The copies and a stretched one alone, in a store to decide in."""
    model, shapes = made
    store = init_store(tmp_path / "own.store", model)
    store.commit([shapes[number] for number in (0, TURNED, MIRRORED, STRETCHED)])
    return store


def decided(store: Store, decision: Decision | None, *pairs: tuple[int, int]) -> None:
    assert store.decide([(digest(a), digest(b)) for a, b in pairs], decision) == len(pairs)


def told(found: index.Duplicates) -> list[dict[int, tuple[str, str | None]]]:
    """Of each group, what its members are to the first, which comes first with nothing."""
    names = {digest(number): number for number in (0, TURNED, MIRRORED, STRETCHED)}
    said = [[(names[m.id or ""], m.evidence) for m in group.members] for group in found]
    return [{number: (e.relation, e.decision) if e else ("", None) for number, e in group} for group in said]


def test_what_is_different_by_decision_is_no_copy(own: Store) -> None:
    """Each of the pairs that are left is shown once, with what was measured of it and nothing else."""
    first = {0: ("", None), MIRRORED: (SIMILAR, None)}
    decided(own, "different", (TURNED, 0))
    assert told(index.duplicates(own)) == [first]  # the third is compared with the first alone
    apart = {0: ("", None), TURNED: (SIMILAR, "different")}
    assert told(index.duplicates(own, all=True)) == [first, apart]
    decided(own, "different", (TURNED, MIRRORED))
    assert told(index.duplicates(own)) == [first]
    assert len(told(index.duplicates(own, all=True))) == 3
    decided(own, "different", (0, MIRRORED))
    assert index.duplicates(own) == [] and len(index.duplicates(own, all=True)) == 3
    assert "decided: different" in repr(index.duplicates(own, all=True))
    decided(own, None, (0, MIRRORED), (0, TURNED), (TURNED, MIRRORED))
    assert told(index.duplicates(own)) == [{0: ("", None), TURNED: (SIMILAR, None), MIRRORED: (SIMILAR, None)}]


def test_pairs_that_are_not_shown_join_nothing(own: Store) -> None:
    """Of 0, turned and mirrored only turned and mirrored are left, which lie upon each other."""
    decided(own, "different", (0, TURNED), (0, MIRRORED))
    assert told(index.duplicates(own)) == [{TURNED: ("", None), MIRRORED: (SIMILAR, None)}]


def test_what_is_the_same_by_decision_is_that_at_any_distance(own: Store) -> None:
    decided(own, "same", (0, STRETCHED), (0, MIRRORED))
    (group,) = told(index.duplicates(own))
    assert group[MIRRORED] == (SIMILAR, "same") and group[TURNED] == (SIMILAR, None)
    assert group[STRETCHED] == (SURFACE, "same")
    (family,) = index.duplicates(own)
    assert next(m.evidence.chamfer_l1 for m in family.members if m.id == digest(STRETCHED) and m.evidence) > 0.008


def test_what_is_a_variant_by_decision_is_no_copy_and_of_the_family(own: Store) -> None:
    decided(own, "variant", (0, TURNED), (0, STRETCHED))
    assert told(index.duplicates(own)) == [{0: ("", None), MIRRORED: (SIMILAR, None)}]
    assert told(index.duplicates(own, all=True))[1:] == [{0: ("", None), TURNED: (SIMILAR, "variant")}]
    (family,) = told(index.variants(own))  # by the usual threshold the stretched one would be too far away
    assert family[TURNED] == family[STRETCHED] == (VARIANT, "variant") and family[MIRRORED] == (SIMILAR, None)


def test_decisions_on_others_than_those_that_are_asked_about_change_nothing(own: Store) -> None:
    decided(own, "same", (0, STRETCHED))
    assert index.duplicates(own, where={"id": digest(0)}, all=True) == []
    assert index.duplicates(own, level="exact", all=True) == []


def test_evidence_the_other_way_round(found: index.Duplicates) -> None:
    there = evidence(found, TURNED)
    back = there.reversed()
    np.testing.assert_allclose(np.array(back.pose.matrix), TURN.T, atol=0.02)
    assert back.ratio == pytest.approx(1 / 3, rel=0.01) and back.relation == there.relation
    product = np.array(back.transform).reshape(4, 4) @ np.array(there.transform).reshape(4, 4)
    np.testing.assert_allclose(product, np.eye(4), atol=1e-6)
    assert back.reversed().words == there.words and back.words != there.words
    assert Evidence(CONTENT).reversed() == Evidence(CONTENT)


def test_sources_of_one_shape_are_told_by_their_bytes(store: Store) -> None:
    (group,) = index.duplicates(store, level="exact")
    relations = {member.source: member.evidence and member.evidence.relation for member in group.members}
    assert relations == {"/data/chair/1.obj": None, "/data/again.obj": "same bytes", "/data/moved.stl": CONTENT}


def test_without_mirrors(store: Store) -> None:
    groups = index.duplicates(store, mirror=False)
    assert [numbers(group) for group in groups if 0 in numbers(group)] == [[0, TURNED]]


def test_only_some_shapes(store: Store) -> None:
    assert index.duplicates(store, where={"id": digest(0)}) == []


def test_another_mesh_of_the_surface_is_told_by_its_faces(made: Any, tmp_path: Path) -> None:
    model, shapes = made
    store = init_store(tmp_path / "s.store", model)
    store.commit([shapes[0], replace(shapes[TURNED], quality={"vertices": 5.0, "faces": 6.0})])
    (group,) = index.duplicates(store)
    found = group.members[1].evidence
    assert found is not None and found.relation == SURFACE and "12 → 6 faces" in found.words


@pytest.mark.parametrize("options", [{"level": "nearly"}, {"threshold": 0.0}, {"level": "exact", "threshold": 0.1}])
def test_bad_settings_are_refused(store: Store, options: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="level|threshold"):
        index.duplicates(store, **options)


class Files:
    """Reads files as the shapes that they are named after."""

    def __init__(self, shapes: dict[int, NewShape]) -> None:
        self.by_name, self.asked = shapes, []

    def files(self, folder: str) -> tuple[list[str], list[Failure]]:
        return sorted(map(str, Path(folder).iterdir())), []

    def shapes(self, store: Store, paths: Sequence[str], **options: Any) -> list[NewShape | Failure]:
        self.asked += paths
        return [self._shape(path) for path in paths]

    def _shape(self, path: str) -> NewShape | Failure:
        number = int(Path(path).stem.split()[0])
        if number not in self.by_name:
            return Failure(path, "no shape", "reading")
        return replace(self.by_name[number], source=path, sha256=digest(Path(path).stem))

    def close(self) -> None:
        pass


def test_files_are_told_that_are_stored_already(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, shapes = made
    store = init_store(tmp_path / "s.store", model)
    content = tmp_path / "files" / "7 of the same bytes.obj"
    content.parent.mkdir()
    content.write_text("anything")
    digest_of = __import__("hashlib").sha256(b"anything").hexdigest()
    store.commit([replace(shapes[0], source_sha256=digest_of), shapes[1], shapes[2]])
    files = Files(shapes)
    for name in ("1", f"{MIRRORED} mirrored", f"{OTHERS} another", "99 bad"):
        (tmp_path / "files" / f"{name}.obj").write_text(name)
    monkeypatch.setattr(queries, "_registered", [lambda: files])
    found = index.stored_already(store, str(tmp_path / "files"))
    told = {
        Path(g.members[0].source).stem: [(m.id, m.evidence and m.evidence.relation) for m in g.members[1:]]
        for g in found
    }
    assert told == {
        "7 of the same bytes": [(digest(0), "same bytes")],
        "1": [(digest(1), CONTENT)],
        f"{MIRRORED} mirrored": [(digest(0), SIMILAR)],
    }
    assert [failure.path for failure in found.failures] == [str(tmp_path / "files" / "99 bad.obj")]
    assert str(content) not in files.asked and store.count() == 3
    (drawn,) = found.drawn()
    assert len(drawn) == 2 and drawn[1].title and len(drawn[0].mesh[1])


def test_an_empty_folder_is_refused(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_registered", [lambda: Files({})])
    with pytest.raises(BadInput, match="no file"):
        index.stored_already(store, str(tmp_path))


def test_of_shapes_without_a_surface_it_is_said(made: Any, tmp_path: Path) -> None:
    model, shapes = made
    store = init_store(tmp_path / "s.store", model)
    flat = replace(shapes[1], inrs=(replace(shapes[1].inrs[0], weights=np.zeros_like(shapes[1].inrs[0].weights)),))
    store.commit([shapes[0], shapes[TURNED], flat])
    found = index.duplicates(store)
    assert len(found) == 1 and [failure.path for failure in found.failures] == [shapes[1].source]


def test_the_decoded_surface_is_the_networks(store: Store, found: index.Duplicates, made: Any) -> None:
    model, shapes = made
    own = Surface.of(inr_field(model.siren, shapes[0].inrs[0].weights), "sdf")
    (row,) = (row for row in found.drawn() if row[0].title == "0")
    assert np.abs(own.distances(row[0].mesh[0])).max() < 0.01


def test_the_chiral_one_is_chiral(made: Any) -> None:
    model, shapes = made
    own = Surface.of(inr_field(model.siren, shapes[0].inrs[0].weights), "sdf")
    assert compare(own, Surface(own.vertices @ MIRROR, own.faces[:, ::-1]), mirror=False).chamfer_l1 > 0.02
