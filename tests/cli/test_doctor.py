"""The doctor goes by what the package itself says it needs."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from cli import doctor

from .conftest import Run

ROOT = Path(__file__).parents[2]
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def needs(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(metadata, "requires", lambda name: list(lines))


def test_all_that_is_declared_is_checked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(monkeypatch, *DECLARED["dependencies"])
    outcome = run("doctor", "--json")
    (packages,) = (check for check in outcome.json["checks"] if check["name"] == "packages")
    assert packages["ok"] and outcome.code == 0
    assert {Requirement(line).name for line in DECLARED["dependencies"]} == {
        one.split()[0] for one in packages["detail"].split(", ")
    }


def test_what_is_missing_or_old_is_named_and_extras_are_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    needs(monkeypatch, "numpy>=99", "no-such-package>=1", "rich>=1", 'nothing>=1; extra == "gpu"')
    with pytest.raises(ImportError) as caught:
        doctor._packages()
    assert "numpy>=99 is needed, 2." in str(caught.value)
    assert "no-such-package>=1 is needed, none is installed" in str(caught.value)
    assert "rich" not in str(caught.value) and "nothing" not in str(caught.value)


def test_what_is_declared_is_pinned() -> None:
    """Extras too, but for faiss-gpu: it and faiss-cpu own the same package."""
    pins = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in pins if "==" in line}
    asked = DECLARED["dependencies"] + [line for some in DECLARED["optional-dependencies"].values() for line in some]
    names = {Requirement(line).name.lower().replace("_", "-") for line in asked}
    assert names - pinned == {"faiss-gpu"}
