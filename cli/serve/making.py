"""Routes to what tasks make: new shapes, whole shapes of scans; and to how the store is. Made by jobs."""

from __future__ import annotations

import json
import math
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse

from inrstore.errors import BadInput, InrstoreError
from inrstore.progress import OnProgress, tell

from .edits import Text
from .gallery import Gallery, Here, Writing
from .jobs import Do
from .meshes import MEDIA
from .problems import Problem
from .replies import ROOT
from .surfaces import GLB
from .uploads import kept_as
from .work import Begun, begun, jobs

router = APIRouter(tags=["tasks"])
GENERATION, TRANSFER, VERIFYING = "generation", "transfer", "verify"
VERBS = {"completion": "complete", "reconstruction": "reconstruct"}
KEPT = 50
"""Whole shapes of scans, the latest ones."""
LOOK, LONGEST = 0.5, 600.0
"""Seconds between looks at the process that makes one, and how long it may take."""
WHOLE = "whole.glb"
Cells = Annotated[int, Field(ge=16, le=256, description="Cells a side")]


class Generating(BaseModel):
    """New shapes, as `inrstore generate --keep` makes them."""

    model_config = ConfigDict(json_schema_extra={"example": {"count": 4, "label": "chair"}})
    count: Annotated[int, Field(ge=1, le=1_000)] = 16
    label: Text | None = Field(default=None, description="Of what; by default of each class as often as was learned")
    generator: Text | None = Field(default=None, description="By default the one that was trained last")
    guidance: Annotated[float, Field(ge=0, le=20, description="Above 1 more like their class, less unlike others")] = 1
    seed: Annotated[int, Field(ge=0, le=2**31, description="Another one makes other shapes")] = 0
    resolution: Cells = 128


@router.post("/generations", status_code=202)
def generate(gallery: Writing, request: Request, asked: Generating) -> Begun:
    """Make new shapes and store them, tagged generated=yes, in a job.

    Its result is `{"shapes": [{"id": …, "label": …, "nearest": id, "distance": …}], "empty": 0, "failed": 0}`: beside
    each the shape that was learned from and is most like it.
    """
    _generator(gallery, asked.generator)
    return Begun(job=begun(jobs(request), GENERATION, asked.model_dump()).id)


class Scan:
    """A file of which the whole is asked, and how."""

    def __init__(
        self,
        file: UploadFile,
        up: Annotated[Literal["y", "z"], Form()] = "y",
        ball: Annotated[str | None, Form(max_length=200, description="X Y Z R of the ball around the whole")] = None,
        head: Annotated[str | None, Form(max_length=200)] = None,
        resolution: Annotated[int, Form(ge=16, le=256)] = 128,
    ) -> None:
        self.file, self.head = file, head
        self.options = {"up": up, "ball": _ball(ball), "resolution": resolution}


Scanned = Annotated[Scan, Depends()]


@router.post("/completions", status_code=202)
def complete(gallery: Here, request: Request, scan: Scanned) -> Begun:
    """Make a whole shape of a scan that saw a part of it, as `inrstore complete` does, in a job; nothing is stored.

    Its result is `{"surface": address, "faces": …, "vertices": …, "watertight": …}`, in the file's coordinates.
    """
    return _begun(gallery, request, "completion", scan)


@router.post("/reconstructions", status_code=202)
def reconstruct(gallery: Here, request: Request, scan: Scanned) -> Begun:
    """Make a closed solid of a cloud of its surface, as `inrstore reconstruct` does; answered as POST /completions."""
    return _begun(gallery, request, "reconstruction", scan)


@router.get("/made/{name}", response_class=Response, responses=GLB)
def made(gallery: Here, name: str) -> Response:
    """The whole shape of a scan."""
    path = _folder(gallery) / name / WHOLE
    if not name.isalnum() or not path.is_file():
        raise Problem(404, "made-gone", "that surface is not kept any more; ask for it again")
    return FileResponse(path, media_type=MEDIA)


@router.get("/stats", tags=["server"])
def stats(gallery: Here) -> dict[str, Any]:
    """How much is stored, as `inrstore stats` says it."""
    return gallery.known.get("stats", gallery.store.stats)


@router.post("/verifications", status_code=202, tags=["server"])
def verify(gallery: Here, request: Request) -> Begun:
    """Check every checksum, in a job; nothing is changed.

    Its result is `{"ok": true, "problems": [], "orphans": [], "shards_checked": 12}`.
    """
    return Begun(job=begun(jobs(request), VERIFYING, {}).id)


def generating(gallery: Gallery) -> Do:
    """Makes shapes, and fits networks to them."""

    def do(asked: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
        from ingest.generated import keep_generated
        from inrstore.tasks import generate as make

        codes, generator = _generator(gallery, asked["generator"])
        options = {name: asked[name] for name in ("count", "label", "seed", "guidance", "resolution")}
        found = make(codes, generator, **options, on_progress=on_progress)
        files = found.write(gallery.work / "files" / f"generated-{secrets.token_hex(6)}")
        labels = [one.label for one in found.samples]
        done, ids = keep_generated(gallery.store, files, labels, generator.head, jobs=1, on_progress=on_progress)
        shapes = [
            {"id": id, "label": one.label, "nearest": one.nearest and one.nearest.id, "distance": one.distance}
            for id, one in zip(ids, found.samples, strict=True)
            if id is not None
        ]
        return {"shapes": shapes, "empty": found.empty, "failed": done.failed}

    return do


def transferring(gallery: Gallery) -> Do:
    """Makes a whole of a scan in a process of its own, since a file can end the one that reads it."""

    def do(asked: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
        scan, name = Path(asked["file"]), asked["name"]
        target = _folder(gallery) / name / WHOLE
        target.parent.mkdir(parents=True, exist_ok=True)
        options = ["--up", asked["up"], "--resolution", str(asked["resolution"]), "--out", str(target)]
        options += ["--head", asked["head"]] if asked["head"] else []
        options += ["--ball", *map(str, asked["ball"])] if asked["ball"] else []
        command = [sys.executable, "-m", "cli", "--store", gallery.settings.store, "--json", VERBS[asked["task"]]]
        try:
            said = _answer([*command, *options, "--", str(scan)], on_progress, scan)
        finally:
            shutil.rmtree(scan.parent, ignore_errors=True)
        _forget_old(_folder(gallery))
        return {**{key: said[key] for key in ("head", "vertices", "faces", "watertight")}, "surface": _address(name)}

    return do


def verifying(gallery: Gallery) -> Do:
    """Reads all that is stored."""

    def do(asked: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
        found = gallery.store.verify(on_progress)
        figures = {"problems": found.problems, "orphans": found.orphans, "shards_checked": found.shards_checked}
        return {"ok": found.ok, **figures}

    return do


def _begun(gallery: Gallery, request: Request, task: str, scan: Scan) -> Begun:
    """Errors: ModelNotFound, ModelMismatch."""
    from inrstore.tasks import Codes, Transfer

    transfer = Transfer.of(Codes.of(gallery.store), task, scan.head)
    asked = {"task": task, **scan.options, "head": transfer.head.id}
    asked |= {"file": str(kept_as(gallery, scan.file)), "name": secrets.token_hex(12)}
    return Begun(job=jobs(request).add(TRANSFER, asked).id)


def _ball(text: str | None) -> list[float] | None:
    """Errors: BadInput if it is none."""
    if text is None or not text.strip():
        return None
    try:
        numbers = [float(one) for one in text.replace(",", " ").split()]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise BadInput(f"ball is {text!r}; give four numbers, X Y Z R")
    return numbers


def _answer(command: list[str], on_progress: OnProgress, scan: Path) -> dict[str, Any]:
    """What a command of ours says. Errors: BadInput with its own words; whatever `on_progress` raises ends it."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(int(LONGEST / LOOK)):
            tell(on_progress, "making a whole of the scan")
            try:
                out, err = process.communicate(timeout=LOOK)
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            raise BadInput(f"it took longer than {LONGEST:.0f} s; send a smaller file")
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        last = (err.strip().splitlines() or [f"its process ended with {process.returncode}"])[-1]
        raise InrstoreError(last.removeprefix("Error: ").replace(str(scan), "the file"))
    return dict(json.loads(out))


def _generator(gallery: Gallery, ref: str | None) -> Any:
    """The store's codes and a generator. Errors: ModelNotFound, ModelMismatch."""
    from inrstore.tasks import Codes, Generator

    codes = Codes.of(gallery.store)
    return codes, Generator(gallery.store.head(ref, kind="generator", encoder=codes.id))


def _folder(gallery: Gallery) -> Path:
    return gallery.work / "made"


def _address(name: str) -> str:
    return f"{ROOT}/made/{name}"


def _forget_old(folder: Path) -> None:
    every = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in every[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
