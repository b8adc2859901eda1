"""The contract of the commands, on a real store with the packaged model."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from cli import exits
from cli.export import FORMATS
from inrstore.surface.export import FORMATS as LIBRARY_FORMATS

from .conftest import Filled, Run


def test_formats_are_those_of_the_library() -> None:
    assert LIBRARY_FORMATS == FORMATS


def test_init_makes_one_store_and_refuses_a_second(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "new.store"
    assert run("--store", place, "init", "--json").json["store"] == str(place)
    again = run("init", place)
    assert (again.code, again.stdout) == (exits.FAILED, "")
    assert str(place) in again.stderr


def test_ingest_reports_what_it_did(original: Filled) -> None:
    value = original.outcome.json
    assert original.outcome.code == exits.SOME_FAILED
    assert set(value) == {"stored", "skipped", "failed", "seconds", "failures", "ignored", "refused", "notes"}
    assert (value["stored"], value["skipped"], value["failed"]) == (4, 0, 1)
    [failure] = value["failures"]
    assert failure["path"] == str(original.meshes / "flat" / "broken.obj") and failure["reason"]
    assert failure["path"] in original.outcome.stderr


def test_a_second_ingest_skips_what_is_stored(filled: Filled) -> None:
    outcome = filled.run("ingest", filled.mesh("ball"), filled.mesh("egg"), "--json")
    assert (outcome.code, outcome.json["stored"], outcome.json["skipped"]) == (exits.DONE, 0, 2)


def test_a_dry_run_stores_nothing(run: Run, original: Filled, tmp_path: Path) -> None:
    run("init", tmp_path / "s.store")
    outcome = run("ingest", original.meshes / "round", "--dry-run", "--json", "--store", tmp_path / "s.store")
    assert (outcome.json["stored"], len(outcome.json["planned"])) == (0, 2)
    assert run("--store", tmp_path / "s.store", "stats", "--json").json["shapes"] == 0


def test_failures_lists_the_bad_file(original: Filled) -> None:
    [failure] = original.run("failures", "--json").json
    assert failure["path"].endswith("broken.obj")
    assert "broken.obj" in original.run("failures").stdout


def test_stats(original: Filled) -> None:
    value = original.run("stats", "--json").json
    assert value["shapes"] == 4 and value["bytes"] > 0
    assert value["labels"] == {"round": 2, "flat": 2}
    assert original.run("stats").stdout


def test_list_filters(original: Filled) -> None:
    assert len(original.run("list", "--json").json) == 4
    found = original.run("list", "--where", "label=round", "--where", "name=b*", "--json").json
    assert [shape["name"] for shape in found] == ["ball"]
    assert len(original.run("list", "--where", "split=test", "--limit", 3, "--json").json) == 3
    assert "tile ö" in original.run("list").stdout


def test_info_knows_everything(original: Filled) -> None:
    value = original.run("info", original.mesh("tile ö"), "--json").json
    assert value["sources"] == [str(original.mesh("tile ö"))]
    assert (value["label"], value["field"], value["kind"], value["tags"]["split"]) == (
        "flat",
        "sdf",
        "mesh",
        "test",
    )
    assert value["center"] == pytest.approx([100, 0, 0], abs=1e-5)
    assert value["inrs"][0]["profile"] == "default" and value["inrs"][0]["steps"] > 0
    assert value["quality"]["faces"] == 12
    assert value["id"] in original.run("info", value["id"][:8]).stdout


@pytest.mark.parametrize("how", ["path", "id", "prefix"])
def test_search_by_a_stored_shape(original: Filled, how: str) -> None:
    path = original.mesh("ball")
    identity = original.run("info", path, "--json").json["id"]
    query = {"path": str(path), "id": identity, "prefix": identity[:10]}[how]
    outcome = original.run("search", query, "-k", 3, "--json")
    [result] = outcome.json
    assert outcome.code == exits.DONE and result["query"] == query
    assert [set(hit) for hit in result["hits"]] == [{"rank", "id", "label", "score", "source", "pose"}] * 3
    assert [hit["rank"] for hit in result["hits"]] == [1, 2, 3]
    assert identity not in [hit["id"] for hit in result["hits"]]
    assert result["hits"][0]["source"] == str(original.mesh("egg"))
    with_self = original.run("search", query, "-k", 1, "--include-self", "--json").json[0]["hits"][0]
    assert with_self["id"] == identity and with_self["score"] == pytest.approx(1, abs=1e-4)


def test_search_by_a_file_that_is_not_stored(original: Filled, tmp_path: Path) -> None:
    path = tmp_path / "other.stl"
    trimesh.creation.icosphere(subdivisions=3, radius=7).export(path)
    hits = original.run("search", path, "-k", 2, "--json").json[0]["hits"]
    assert [hit["label"] for hit in hits] == ["round", "round"]


def test_a_source_that_has_changed_is_fitted_anew(run: Run, original: Filled, tmp_path: Path) -> None:
    store, path = tmp_path / "s.store", tmp_path / "thing.obj"
    path.write_bytes(original.mesh("plate").read_bytes())
    run("init", store)
    run("--store", store, "ingest", path, "--jobs", 1)
    assert run("--store", store, "search", path, "--json").json[0]["hits"] == []
    path.write_bytes(original.mesh("ball").read_bytes())
    [hit] = run("--store", store, "search", path, "--json").json[0]["hits"]
    assert hit["score"] < 0.999


def test_search_by_vectors(original: Filled, tmp_path: Path) -> None:
    from inrstore import open_store

    keys, matrix = open_store(original.store).embeddings()
    np.save(tmp_path / "one.npy", matrix[0])
    np.save(tmp_path / "two.npy", matrix[:2])
    results = original.run("search", tmp_path / "one.npy", tmp_path / "two.npy", "-k", 1, "--json").json
    assert [result["query"] for result in results] == [
        str(tmp_path / name) for name in ("one.npy", "two.npy[0]", "two.npy[1]")
    ]
    assert results[0]["hits"] == results[1]["hits"] != results[2]["hits"]
    np.save(tmp_path / "long.npy", np.ones(matrix.shape[1] + 1, np.float32))
    assert original.run("search", tmp_path / "long.npy").code == exits.FAILED


def test_search_of_a_folder_goes_on_after_a_bad_file(original: Filled) -> None:
    outcome = original.run("search", original.meshes, "-k", 1, "--json")
    assert outcome.code == exits.SOME_FAILED
    assert len(outcome.json) == 4
    assert "broken.obj" in outcome.stderr


def test_search_options(original: Filled) -> None:
    path = original.mesh("ball")
    assert original.run("search", path, "--threshold", 1.1, "--json").json[0]["hits"] == []
    flat = original.run("search", path, "--where", "label=flat", "--json").json[0]["hits"]
    assert {hit["label"] for hit in flat} == {"flat"}
    rows = list(csv.DictReader(io.StringIO(original.run("search", path, "-k", 2, "--csv").stdout)))
    assert [row["rank"] for row in rows] == ["1", "2"] and float(rows[0]["score"]) > 0
    assert original.run("search", path, "--csv", "--json").code == exits.USAGE
    assert "egg.obj" in original.run("search", path).stdout


def test_search_draws_stored_shapes_and_files(original: Filled, tmp_path: Path) -> None:
    path, picture = tmp_path / "other.ply", tmp_path / "out.png"
    trimesh.creation.torus(1, 0.3).export(path)
    outcome = original.run("search", original.mesh("egg"), path, "-k", 2, "--plot", picture, "--json")
    assert len(outcome.json) == 2
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_search_for_something_unknown(original: Filled) -> None:
    outcome = original.run("search", "ffffffffff", "--json")
    assert (outcome.code, outcome.stdout) == (exits.FAILED, "")
    assert "ffffffffff" in outcome.stderr


@pytest.mark.parametrize("via", ["inr", "decoder"])
def test_export_is_in_the_source_s_coordinates(original: Filled, tmp_path: Path, via: str) -> None:
    output = tmp_path / "tile.ply"
    outcome = original.run("export", original.mesh("tile ö"), "-o", output, "-r", 48, "--via", via, "--json")
    assert outcome.json[0]["path"] == str(output)
    assert trimesh.load_mesh(output).bounds.mean(axis=0) == pytest.approx([100, 0, 0], abs=0.3)


def test_export_says_what_a_mesh_has_and_takes_fewer_faces(original: Filled, tmp_path: Path) -> None:
    output = tmp_path / "ball.ply"
    arguments = ("export", original.mesh("ball"), "-o", output, "-r", 48, "--faces", 500)
    value = original.run(*arguments, "--json").json[0]
    mesh = trimesh.load_mesh(output)
    assert (value["vertices"], value["faces"]) == (len(mesh.vertices), len(mesh.faces))
    assert 0 < value["faces"] <= 500 and value["watertight"] is mesh.is_watertight is True
    assert f"{len(mesh.vertices)} vertices, {len(mesh.faces)} faces, watertight" in original.run(*arguments).stdout
    assert original.run(*arguments[:-1], 3).code == exits.USAGE


def test_export_of_several_goes_on_after_an_unknown_one(original: Filled, tmp_path: Path) -> None:
    refs = [original.mesh("ball"), "ffffffffff", original.mesh("tile ö")]
    outcome = original.run("export", *refs, "-o", tmp_path / "out", "-f", "xyz", "--count", 100, "--json")
    assert outcome.code == exits.SOME_FAILED
    assert len(list((tmp_path / "out").glob("*.xyz"))) == len(outcome.json) == 2


def test_render(original: Filled, tmp_path: Path) -> None:
    output = tmp_path / "ball.png"
    assert original.run("render", original.mesh("ball"), "-o", output, "--size", 64).code == exits.DONE
    assert output.read_bytes().startswith(b"\x89PNG")


def test_eval_retrieval(original: Filled) -> None:
    value = original.run("eval", "retrieval", "--json").json
    assert {"hit@1", "hit@5", "hit@10", "map"} <= set(value)
    assert 0 <= value["hit@1"] <= value["hit@5"] <= 1 and 0 < value["map"] <= 1
    low, high = value["intervals"]["dcg"]
    assert 0 <= low <= value["dcg"] <= high <= 1 and "by_class" not in value


def test_eval_retrieval_by_class_with_a_picture(original: Filled, tmp_path: Path) -> None:
    picture = tmp_path / "taken.png"
    outcome = original.run("eval", "retrieval", "--by-class", "--picture", picture)
    assert picture.read_bytes().startswith(b"\x89PNG") and str(picture) in outcome.stdout
    value = original.run("eval", "retrieval", "--by-class", "--json").json
    assert all(name in outcome.stdout for name in value["by_class"])
    assert sum(row["queries"] for row in value["by_class"].values()) == value["queries"]


def test_eval_accuracy(original: Filled) -> None:
    value = original.run("eval", "accuracy", "--folds", 2, "--json").json
    assert (value["shapes"], value["classes"]) == (4, 2)
    for kind in ("knn", "linear", "svm"):
        low, high = value[kind]["interval"]
        assert 0 <= low <= value[kind]["accuracy"] <= high <= 1
    outcome = original.run("eval", "accuracy")
    assert outcome.code == exits.FAILED and "fewer folds" in outcome.stderr


def test_index_commands(filled: Filled) -> None:
    assert filled.run("index", "build", "--backend", "flat", "--json").json["count"] == 4
    assert filled.run("index", "status", "--json").json["state"] == "current"
    filled.run("rm", filled.mesh("egg"))
    assert filled.run("index", "status", "--json").json["state"] == "stale"
    assert filled.run("index", "add", "--json").json["count"] == 3
    assert filled.run("eval", "recall", "-k", 2, "--json").json["recall"] == 1


def test_encode_gives_the_same_embeddings_again(filled: Filled) -> None:
    before = filled.run("search", filled.mesh("ball"), "--json").json
    assert filled.run("encode", "--json").json["encoded"] == 4
    assert filled.run("encode", "--missing", "--json").json["encoded"] == 0
    after = filled.run("search", filled.mesh("ball"), "--json").json
    assert [hit["id"] for hit in before[0]["hits"]] == [hit["id"] for hit in after[0]["hits"]]


def test_rm_then_compact_and_verify(filled: Filled) -> None:
    outcome = filled.run("rm", filled.mesh("egg"), "--json")
    assert [shape["name"] for shape in outcome.json["removed"]] == ["egg"]
    assert filled.run("info", filled.mesh("egg")).code == exits.FAILED
    assert filled.run("compact", "--json").code == exits.DONE
    assert filled.run("verify", "--json").json["ok"] is True
    assert filled.run("stats", "--json").json["shapes"] == 3


def test_verify_finds_an_altered_shard(filled: Filled) -> None:
    shard = next(filled.store.glob("inrs/*/*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    outcome = filled.run("verify", "--json")
    assert (outcome.code, outcome.json["ok"]) == (exits.FAILED, False)
    assert shard.name in " ".join(outcome.json["problems"])


def test_the_environment_names_the_store(run: Run, original: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INRSTORE_STORE", str(original.store))
    assert json.loads(run("stats", "--json").stdout)["shapes"] == 4


def test_models(run: Run) -> None:
    assert "default" in [model["name"] for model in run("models", "list", "--json").json]
    value = run("models", "show", "default", "--json").json
    assert value["embedding_dim"] > 0 and "icence" in value["card"]


def test_doctor(original: Filled) -> None:
    value = original.run("doctor", "--json").json
    assert value["ok"] is True
    assert {check["name"] for check in value["checks"]} >= {
        "python",
        "torch",
        "faiss",
        "devices",
        "model",
        "store",
    }


def test_map(original: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrstore.map.page.places", lambda matrix, **_: np.zeros((len(matrix), 2), np.float32))
    value = original.run("map", "-o", tmp_path / "m.html", "--json").json
    assert (value["shapes"], value["bytes"]) == (4, (tmp_path / "m.html").stat().st_size)
    assert value["out"] == str(tmp_path / "m.html") and "round" in (tmp_path / "m.html").read_text()
