"""Commands that train: train model and train base; `train_codec` and `train_heads` have the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from .generate import generator
from .options import SEED, Session, common, pass_session
from .output import emit
from .train_codec import decoder, encoder
from .train_crossmodal import image, text
from .train_heads import classifier, segmenter
from .train_output import identities, line
from .train_transfers import completer, reconstructor


@click.group()
@common
def train() -> None:
    """Train models, and heads on a store's embeddings."""


train.add_command(encoder)
train.add_command(decoder)
train.add_command(classifier)
train.add_command(segmenter)
train.add_command(completer)
train.add_command(reconstructor)
train.add_command(generator)
train.add_command(text)
train.add_command(image)


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
    "--base",
    default="default",
    show_default=True,
    metavar="NAME|DIR|learn",
    help="The model whose bases the networks start at; or learn, which learns bases from these meshes first.",
)
@click.option(
    "--base-steps", type=click.IntRange(min=1), metavar="N", help="With --base learn: outer steps of meta-learning."
)
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Steps of the encoder and decoder.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), default=2, show_default=True, metavar="N",
              help="Worker processes.")  # fmt: skip
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of everything that is drawn.")
@common
@pass_session
def model(session: Session, /, folders: tuple[str, ...], **options: Any) -> None:
    """Train a model on the meshes below each FOLDER.

    Fits variants of every mesh, then trains encoder and decoder. The folder that holds a mesh names its class; 'other'
    stands for none. Given again, a stopped training goes on.
    """
    from ingest.variants import TrainingMeshes
    from inrstore.errors import BadInput
    from inrstore.model import load_model
    from inrstore.model.training.train import TrainRecipe, train_model

    recipe = TrainRecipe(name=options["name"], variants=options["variants"], jobs=options["jobs"], seed=options["seed"])
    base = None if options["base"] == "learn" else load_model(options["base"]).base
    if options["base_steps"] and base is not None:
        raise BadInput("--base-steps is for bases that are learned; add --base learn, or leave it out")
    if options["base_steps"]:
        recipe = replace(recipe, base=replace(recipe.base, outer_steps=options["base_steps"]))
    if options["steps"]:
        recipe = replace(recipe, codec=replace(recipe.codec, steps=options["steps"]))
    work = options["work"] or f"{options['out'].rstrip('/')}.work"
    trained = train_model(TrainingMeshes.below(folders), options["out"], work, recipe, line, base=base)
    model = trained.model
    result = {**identities(model), "out": str(Path(options["out"]).resolve()), "figures": trained.figures}
    figures = "".join(f"\n{name}: {value}" for name, value in trained.figures.items())
    emit(result, f"Trained {model.name} (base {model.base.id[:12]}), saved in {options['out']}{figures}", session.json)


@train.command()
@click.argument("folders", nargs=-1, metavar="[FOLDER]...")
@click.option("--out", required=True, metavar="DIR", help="Where the model is saved.")
@click.option("--work", metavar="DIR", help="Where checkpoints go; by default DIR.work.")
@click.option("--name", help="The model's name; by default 'default', or with FOLDER the profile's.")
@click.option("--profile", metavar="NAME|FILE", help="With FOLDER: whose networks they are for; by default fidelity.")
@click.option(
    "--shapes", type=click.IntRange(min=1), default=250, show_default=True, metavar="N", help="At most so many a field."
)
@click.option(
    "--start",
    type=click.Choice(["model", "random"]),
    help="Where a base begins: at the store's model's own, the default, or at SIREN's random initialisation.",
)
@click.option("--outer-steps", type=click.IntRange(min=1), metavar="N", help="Steps of Reptile; 100 by default.")
@click.option(
    "--fit-steps", type=click.IntRange(min=1), metavar="N", help="Steps of each fit; by default 20, with FOLDER 400."
)
@click.option("--rate", type=float, help="Share of the way at the first outer step; by default 0.003, with FOLDER 0.5.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), default=2, show_default=True, metavar="N",
              help="Worker processes.")  # fmt: skip
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of everything that is drawn.")
@common
@pass_session
def base(session: Session, /, folders: tuple[str, ...], **options: Any) -> None:
    """Learn bases: the start of all networks.

    Without FOLDER, new bases for the store's model from its own networks, which are sampled; no source file is needed.
    Encoder and decoder stay as they are. The result is another model, for stores to come.

    With FOLDER, bases for a profile's networks from the meshes below each FOLDER; no store is read. A profile whose
    'base' is the result's directory starts from them.

    Given again, a stopped training goes on.
    """
    from ingest.variants import TrainingMeshes
    from inrstore.errors import BadInput
    from inrstore.model.training.base import LONG, SHORT
    from inrstore.model.training.bases import learn_bases, train_base
    from inrstore.network.recipe import load_profile

    if folders and options["start"] == "model":
        raise BadInput("with folders of meshes bases begin at random; leave --start out")
    if not folders and options["profile"]:
        raise BadInput("--profile is for bases learned from folders of meshes; name them, or leave it out")
    chosen = {key: options[key] for key in ("outer_steps", "fit_steps", "rate") if options[key] is not None}
    recipe = replace(LONG if folders else SHORT, seed=options["seed"], **chosen)
    out = options["out"]
    work = options["work"] or f"{out.rstrip('/')}.work"
    count, rest = options["shapes"], {"jobs": options["jobs"], "on_progress": line}
    if folders:
        fit = load_profile(options["profile"] or "fidelity")
        meshes, name = TrainingMeshes.below(folders), options["name"] or fit.name
        learned = learn_bases(meshes, out, work, fit, recipe, name=name, count=count, **rest)
    else:
        name, start = options["name"] or "default", options["start"] or "model"
        learned = train_base(session.open(), out, work, recipe, name=name, start=start, shapes=count, **rest)
    result = {**identities(learned), "out": str(Path(out).resolve())}
    emit(result, f"Learned the base {learned.name} ({learned.base.id[:12]}), saved in {out}", session.json)
