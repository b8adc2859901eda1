"""The example script runs as it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_quickstart(tmp_path: Path) -> None:
    for name in (
        "chair/chair.obj",
        "chair/chair2.obj",
        "bottle/flacon.obj",
        "bottle/tetrapak.obj",
    ):
        target = tmp_path / "meshes" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLES / "meshes" / name, target)
    command = [sys.executable, EXAMPLES / "quickstart.py", tmp_path / "quick.store", tmp_path / "meshes"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "4 shapes stored" in done.stdout
    assert (tmp_path / "quick.obj").stat().st_size > 1000
