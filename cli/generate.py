"""Commands about new shapes: train generator, generate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import exits
from .options import SEED, Session, common, device, pass_session, where
from .output import counted, emit, table
from .train_output import line, told, work

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.tasks import Made, Trained

FORMATS = ("obj", "ply", "stl", "glb", "off")
"""Those of inrstore.surface.meshes.MESH_FORMATS, which is slow to import; a test compares."""


@click.command()
@click.option("--name", default="generator", show_default=True, metavar="NAME", help="What the head is called.")
@click.option(
    "--label", metavar="NAME", help="The label, or the tag that names the class, so that one can be asked for."
)
@click.option(
    "--network", type=click.Choice(["flow", "gan"]), default="flow", show_default=True,
    help="Flow matching by a transformer, or the adversarial network that inr2vec published.",
)  # fmt: skip
@click.option("--split", metavar="TAG", help="Learn from shapes in which this tag is train.")
@click.option("--steps", type=click.IntRange(min=1), default=2_000, show_default=True, metavar="N", help="Steps.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of everything that is drawn.")
@work
@where
@device
@click.argument("folder", required=False, metavar="[STORE]")
@common
@pass_session
def generator(
    session: Session,
    folder: str | None,
    name: str,
    label: str | None,
    network: str,
    split: str | None,
    steps: int,
    seed: int,
    work: str | None,
    where: tuple[str, ...],
    device: str,
) -> None:
    """Train a generator on the codes of STORE, by default --store's.

    Codes that are missing are made first, on --device; the source files are not read. The head is kept in the store;
    `inrstore generate` asks it. With --label it learns what each class is, and is asked for one then. Shapes that a
    generator made are left out. Printed is whether it makes anew or only remembers: how far its codes are from those
    that it learned from, how far these are from each other, and the share of its codes that are nearer to one than 99 %
    of these are to another; `inrstore eval generation` compares with what was not learned from. Ctrl-C keeps what was
    learned so far.
    """
    from ingest import encode
    from inrstore.network.device import processor
    from inrstore.store import open_store
    from inrstore.tasks import Codes, GeneratorRecipe, train_generator
    from inrstore.tasks.generation.learned import learnable

    from .progress import Bar

    store = open_store(folder) if folder else session.open()
    codes = Codes.of(store)
    recipe, which = GeneratorRecipe(network, steps, seed=seed), where or None
    learnable(store, label, which, split)  # what cannot be learned is said before anything is encoded

    def train() -> Trained:
        with Bar("encoding", "shape") as bar:
            encode(store, missing=True, beside=codes.model, device=device, on_progress=bar.update)
        there = processor(device)
        return train_generator(
            codes, label, recipe, where=which, split=split, name=name, work=work, device=there, on_progress=line
        )

    told(session, train)


@click.command()
@click.option("-n", "count", type=click.IntRange(min=1), default=16, show_default=True, metavar="N", help="How many.")
@click.option("--out", "-o", required=True, metavar="DIR", help="Where meshes and a picture of all are written.")
@click.option("--label", metavar="CLASS", help="Of what; by default of each class as often as it was learned from.")
@click.option("--head", metavar="HEAD", help="Which generator; by default the one that was trained last.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Another one makes other shapes.")
@click.option(
    "--guidance", type=float, default=1.0, show_default=True,
    help="Above 1, shapes are more like their class, and less unlike each other.",
)  # fmt: skip
@click.option(
    "--resolution", "-r", type=click.IntRange(8, 512), default=128, show_default=True, metavar="N",
    help="Cells a side.",
)  # fmt: skip
@click.option("--format", "-f", type=click.Choice(FORMATS), default="obj", show_default=True, help="Of the meshes.")
@click.option("--keep", is_flag=True, help="Also store each as a shape of its own, with a network.")
@device
@common
@pass_session
def generate(
    session: Session, /, out: str, head: str | None, format: str, keep: bool, device: str, **options: Any
) -> int:
    """Make new shapes, with a generator that `inrstore train generator` made.

    DIR gets a mesh of each, and sheet.png, in which to the right of each shape is that which was learned from and is
    most like it, by codes: if a generator only remembers, it shows. With --keep they are stored, and searched, exported
    and rendered like any other; they are tagged generated=yes and generated_by=HEAD, and the class is their label.
    `--where generated=` leaves them out.
    """
    from inrstore.pictures.stored import generated_sheet
    from inrstore.tasks import Codes, Generator
    from inrstore.tasks import generate as make
    from inrstore.tasks.interpolation.steps import empty_folder

    from .progress import Bar

    store = session.open()
    empty_folder(out)
    codes = Codes.of(store)
    generator = Generator(store.head(head, kind="generator", encoder=codes.id))
    with Bar("decoding", "shape") as bar:
        made = make(codes, generator, on_progress=bar.update, **options)
    files = made.write(out, format)
    sheet = generated_sheet(store, made.samples, Path(out) / "sheet.png")
    rows = [
        {"file": file, "label": one.label, "nearest": one.nearest and one.nearest.id, "distance": one.distance}
        for file, one in zip(files, made.samples, strict=True)
    ]
    failed = _keep(store, made, rows, device) if keep else 0
    value = {"files": [*files, sheet], "samples": rows, "empty": made.empty, "head": generator.head.id}
    emit(value, _text(rows, made, sheet), session.json)
    return exits.SOME_FAILED if failed else exits.DONE


def _keep(store: Store, made: Made, rows: list[dict[str, Any]], device: str) -> int:
    """Give each row the id that its file is stored under; how many could not be."""
    from ingest.generated import keep_generated

    from .progress import Bar

    files, labels = [row["file"] for row in rows], [row["label"] for row in rows]
    with Bar("fitting", "shape") as bar:
        done, ids = keep_generated(store, files, labels, made.generator.head, device=device, on_progress=bar.update)
    for row, own in zip(rows, ids, strict=True):
        row["id"] = own
    for failure in done.failures:
        exits.say(f"failed: {failure.path}: {failure.reason}")
    return done.failed


def _text(rows: list[dict[str, Any]], made: Made, sheet: Path) -> str:
    """Ids by their first twelve digits."""
    shown = [{k: v[:12] if v and k in ("nearest", "id") else v for k, v in row.items()} for row in rows]
    empty = f"\n{counted(made.empty, 'code')} had no surface, and no file" if made.empty else ""
    return f"{table(list(shown[0]), [list(row.values()) for row in shown])}{empty}\ndrawn in {sheet}"
