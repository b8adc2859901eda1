"""Say what is installed, what is missing, and what this machine offers."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata

import click

from . import exits
from .options import Session, common, pass_session
from .output import emit


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    detail: str


@click.command()
@common
@pass_session
def doctor(session: Session) -> int:
    """Say what is installed, what is missing, and where it runs.

    Python, packages, PyTorch, devices, FAISS, the default model, and the store if one is named. Exit code 1
    if something is wrong.
    """
    steps: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("packages", _packages),
        ("torch", _torch),
        ("devices", _devices),
        ("faiss", _faiss),
        ("model", _model),
    ]
    if session.store:
        steps.append(("store", lambda: _store(session)))
    checks = [_check(name, step) for name, step in steps]
    ok = all(check.ok for check in checks)
    lines = [f"{'ok ' if check.ok else 'BAD'}  {check.name.ljust(8)}  {check.detail}" for check in checks]
    emit({"ok": ok, "checks": [asdict(check) for check in checks]}, "\n".join(lines), session.json)
    return exits.DONE if ok else exits.FAILED


def _check(name: str, step: Callable[[], str]) -> Check:
    try:
        return Check(name, True, step())
    except Exception as error:  # whatever is broken is what this command is to tell
        return Check(name, False, f"{type(error).__name__}: {error}")


def _python() -> str:
    return f"{platform.python_version()} on {platform.platform()}, {os.cpu_count()} cores, {sys.executable}"


def _packages() -> str:
    """What the package itself says it needs, extras aside."""
    from packaging.requirements import Requirement

    needed = [Requirement(line) for line in metadata.requires("inrstore") or []]
    needed = [one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    found = {one.name: _version(one.name) for one in needed}
    wrong = [
        f"{one.name}{one.specifier} is needed, {found[one.name] or 'none'} is installed"
        for one in needed
        if not one.specifier.contains(found[one.name] or "0", prereleases=True) or found[one.name] is None
    ]
    if wrong:
        raise ImportError(f"{'; '.join(wrong)}: pip install -c constraints.txt -e .")
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _torch() -> str:
    import torch

    capability = torch.backends.cpu.get_cpu_capability()
    return f"{torch.__version__}, {torch.get_num_threads()} threads, {capability}"


def _devices() -> str:
    import torch

    names = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return ", ".join(["cpu", *(f"cuda:{number} {name}" for number, name in enumerate(names))])


def _faiss() -> str:
    try:
        import faiss
    except ImportError:
        raise ImportError("no FAISS: pip install faiss-cpu (or faiss-gpu, not both)") from None
    owners = [name for name in ("faiss-cpu", "faiss-gpu") if _version(name)]
    if len(owners) > 1:
        raise ImportError("faiss-cpu and faiss-gpu are both installed and overwrite each other: uninstall one")
    gpus = f", {faiss.get_num_gpus()} GPUs" if hasattr(faiss, "get_num_gpus") else ""
    return f"{' '.join(owners)} {faiss.__version__}{gpus}, {faiss.omp_get_max_threads()} threads"


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _model() -> str:
    from inrstore.model import load_model

    model = load_model("default")
    return f"{model.name} {model.id[:12]}, SIREN {model.siren}, embeddings of {model.embedding_dim}"


def _store(session: Session) -> str:
    store = session.open()
    return f"{store.url}: {store.count():,} shapes, model {store.model_id[:12]}"
