"""Commands that train: train model, train base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .options import Session, common, pass_session
from .output import emit


@click.group()
@common
def train() -> None:
    """Train models."""


@train.command()
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...")
@click.option("--out", required=True, metavar="DIR", help="Where the model is saved.")
@click.option("--work", metavar="DIR", help="Where the stages leave their files; by default DIR.work.")
@click.option("--name", default="default", show_default=True, help="The model's name.")
@click.option(
    "--variants", type=click.IntRange(min=1), default=3, show_default=True, metavar="N",
    help="Copies of each mesh, all but the first scaled, mirrored or turned.",
)  # fmt: skip
@click.option(
    "--base-steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Outer steps of the meta-learning of each base.",
)
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Steps of the encoder and decoder.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), default=2, show_default=True, metavar="N",
              help="Worker processes.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is drawn.")
@common
@pass_session
def model(session: Session, /, folders: tuple[str, ...], **options: Any) -> None:
    """Train a model on the meshes below each FOLDER.

    Learns a base for each field, fits variants of every mesh, then trains encoder and decoder. The folder
    that holds a mesh names its class; 'other' stands for none. Given again, a stopped training goes on.
    """
    from dataclasses import replace

    from ingest.train import TrainRecipe, train_model

    recipe = TrainRecipe(name=options["name"], variants=options["variants"], jobs=options["jobs"], seed=options["seed"])
    if options["base_steps"]:
        recipe = replace(recipe, base=replace(recipe.base, outer_steps=options["base_steps"]))
    if options["steps"]:
        recipe = replace(recipe, codec=replace(recipe.codec, steps=options["steps"]))
    work = options["work"] or f"{options['out'].rstrip('/')}.work"
    trained = train_model(folders, options["out"], work, recipe, lambda line: click.echo(line, err=True))
    result = {"model": trained.id, "out": str(Path(options["out"]).resolve())}
    text = f"Trained {trained.name} ({trained.id[:12]}), saved in {options['out']}"
    emit(result, text, session.json)


@train.command()
@click.option("--out", required=True, metavar="DIR", help="Where the model is saved.")
@click.option("--work", metavar="DIR", help="Where checkpoints go; by default DIR.work.")
@click.option("--name", default="default", show_default=True, help="The model's name.")
@click.option(
    "--shapes", type=click.IntRange(min=1), default=250, show_default=True, metavar="N", help="At most so many a field."
)
@click.option(
    "--start",
    type=click.Choice(["model", "random"]),
    default="model",
    show_default=True,
    help="Where the base begins: at the model's own, or at SIREN's random initialisation.",
)
@click.option(
    "--outer-steps", type=click.IntRange(min=1), default=100, show_default=True, metavar="N", help="Steps of Reptile."
)
@click.option(
    "--fit-steps", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="Steps of each fit."
)
@click.option("--rate", type=float, default=0.003, show_default=True, help="Share of the way at the first outer step.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is drawn.")
@common
@pass_session
def base(session: Session, /, **options: Any) -> None:
    """Learn new bases for the store's model from its networks.

    No source file is needed: the networks themselves are sampled. Encoder and decoder stay as they are. The result is
    another model, for stores to come. Given again, a stopped training goes on.
    """
    from ingest.train_base import train_base
    from inrstore.training.base import BaseRecipe

    store = session.open()
    recipe = BaseRecipe(
        outer_steps=options["outer_steps"], fit_steps=options["fit_steps"], rate=options["rate"], seed=options["seed"]
    )
    out = options["out"]
    work = options["work"] or f"{out.rstrip('/')}.work"
    chosen = {key: options[key] for key in ("name", "shapes", "start")}
    learned = train_base(store, out, work, recipe, report=lambda line: click.echo(line, err=True), **chosen)
    result = {"model": learned.id, "out": str(Path(out).resolve())}
    emit(result, f"Learned the bases of {learned.name} ({learned.id[:12]}), saved in {out}", session.json)
