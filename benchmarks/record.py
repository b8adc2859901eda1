"""Where a figure comes from: machine, commit, command. Every benchmark saves its result through here."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[1]
RESULTS = REPO / "benchmarks/results"
EXAMPLES = REPO / "examples/meshes"


def provenance() -> dict[str, Any]:
    """Commit (with a mark if the tree had changes beside results), command line, machine and its load."""
    return {
        "command": shlex.join(["python", *map(_place, sys.argv)]),
        "commit": _git("rev-parse", "HEAD") + (" with changes" if _changed() else ""),
        "machine": f"{processor()}, {os.cpu_count()} cores",
        "load_1_min_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }


def save(name: str, result: dict[str, Any]) -> None:
    """Write results/<name>.json."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")


def processor() -> str:
    """The processor's name where Linux gives it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _place(argument: str) -> str:
    """A path of this machine, also one of NAME=PATH, by its name alone."""
    name, equals, path = argument.rpartition("=")
    return f"{name}{equals}{Path(path).name}" if Path(path).is_absolute() else argument


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=REPO, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # a machine that only got the files
        return ""
    return done.stdout.strip()


def _changed() -> bool:
    lines = _git("status", "--porcelain", "--untracked-files=no").splitlines()
    return any("benchmarks/results/" not in line for line in lines)
