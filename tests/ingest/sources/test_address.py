"""What paths and URIs name, what is kept of them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.discover import file_of
from ingest.sources.address import Address, above, is_uri, located, names_of, spelt
from inrstore.errors import BadInput


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("/a/../b.obj", Address("/b.obj")),
        ("file:///a/b%20c.obj", Address("/a/b c.obj")),
        ("file://localhost/a", Address("/a")),
        ("s3://things/a/b.obj", Address("s3://things/a/b.obj", "s3://things")),
        ("S3://things/a/", Address("s3://things/a", "s3://things", folder=True)),
        ("s3://things", Address("s3://things", "s3://things", folder=True)),
        ("gcs://things/a b#1.obj", Address("gs://things/a b#1.obj", "gs://things")),
        ("gs://anonymous@things/a", Address("gs://things/a", "gs://anonymous@things")),
        (
            "s3://things/a?endpoint_override=http%3A%2F%2F127.0.0.1%3A9000&scheme=http",
            Address("s3://things/a", "s3://things?endpoint_override=http%3A%2F%2F127.0.0.1%3A9000&scheme=http"),
        ),
        ("s3://things/what?.obj", Address("s3://things/what?.obj", "s3://things")),
    ],
)
def test_what_is_named(given: str, meant: Address) -> None:
    assert located(given) == meant


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert located(Path("a.obj")) == located("a.obj") == Address(str(tmp_path / "a.obj"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("http://host/a.obj", "download the file first"),
        ("https://host/list/", "s3://bucket/prefix"),
        ("ftp://host/a", "ftp:// is not read"),
        ("s3://", "names no bucket"),
        ("file://elsewhere/a", "not on this machine"),
        ("file://a", "file:///path"),
    ],
)
def test_what_is_refused(given: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        located(given)


@pytest.mark.parametrize("given", ["s3://AKIA:hush@things/a", "s3://AKIA@things", "gs://me:hush@things/a", "s3://@b/a"])
def test_credentials_are_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(BadInput, match="in the environment") as caught:
        located(given)
    assert "hush" not in str(caught.value) and "AKIA" not in str(caught.value)


def test_the_folders_above_a_source() -> None:
    assert above("s3://things/a/b.obj") == ["s3://things/a", "s3://things"]
    assert above("/a/b.obj") == ["/a", "/"]
    assert names_of("s3://things/a/b.obj").parent.name == "a"
    assert names_of("s3://things/b.obj").parent.parent.name == ""
    assert (spelt("a/../b.obj"), spelt("s3://things/a/")) == ("b.obj", "s3://things/a")
    assert is_uri("gs://a/b") and not is_uri("/s3://a") and not is_uri("a/b")


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("s3://b/x.glb#2 lamp", "s3://b/x.glb"),
        ("s3://b/x.tar#a/y.obj", "s3://b/x.tar"),
        ("s3://b/x.zip#a.glb#1 leg", "s3://b/x.zip"),
        ("s3://b/no #1.obj", "s3://b/no #1.obj"),
        ("s3://b/no #1.glb#2", "s3://b/no #1.glb"),
    ],
)
def test_the_file_of_an_object_in_a_bucket(source: str, file: str) -> None:
    assert file_of(source) == file
