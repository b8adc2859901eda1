"""Commands that train: train model, train base, train encoder."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inrstore.progress import Progress

from .options import Session, common, device, pass_session, where
from .output import emit

if TYPE_CHECKING:
    from inrstore.model import EncoderPart, Model
    from inrstore.model.training.encoder import EncoderRecipe

GOING_ON = 1 / 3
"""Of the learning rate, where an encoder has learned before."""


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
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is drawn.")
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
    trained = train_model(TrainingMeshes.below(folders), options["out"], work, recipe, _line, base=base)
    model = trained.model
    result = {**_identities(model), "out": str(Path(options["out"]).resolve()), "figures": trained.figures}
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
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is drawn.")
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
    count, rest = options["shapes"], {"jobs": options["jobs"], "on_progress": _line}
    if folders:
        fit = load_profile(options["profile"] or "fidelity")
        meshes, name = TrainingMeshes.below(folders), options["name"] or fit.name
        learned = learn_bases(meshes, out, work, fit, recipe, name=name, count=count, **rest)
    else:
        name, start = options["name"] or "default", options["start"] or "model"
        learned = train_base(session.open(), out, work, recipe, name=name, start=start, shapes=count, **rest)
    result = {**_identities(learned), "out": str(Path(out).resolve())}
    emit(result, f"Learned the base {learned.name} ({learned.base.id[:12]}), saved in {out}", session.json)


@train.command()
@click.argument("folder", required=False, metavar="[STORE]")
@click.option("--out", required=True, metavar="DIR", help="Where the model is saved.")
@click.option("--work", metavar="DIR", help="Where features, checkpoints and curves go; by default DIR.work.")
@click.option("--name", default="encoder", show_default=True, help="The model's name.")
@click.option(
    "--encoder", "kind", metavar="KIND",
    help="probes, the default, asks the networks what they say; weights and inr2vec, as published, only read them.",
)  # fmt: skip
@click.option("--start", metavar="NAME|DIR", help="Go on from this model's encoder, at a third of its kind's rate.")
@click.option(
    "--labels", default="label", show_default=True, metavar="none|label|TAG",
    help="The classes to learn: none, the shapes' labels, or the values of a tag. Shapes without one help as well.",
)  # fmt: skip
@click.option(
    "--same", metavar="TAG", help="Shapes with one value of this tag are one object, as its mesh and its cloud."
)
@where
@click.option(
    "--epochs", type=click.IntRange(min=1), metavar="N", help="At most so many passes; by default the kind's."
)
@click.option(
    "--patience", type=click.IntRange(min=1), metavar="N", help="Stop after so many epochs without a better validation."
)
@click.option("--batch", type=click.IntRange(min=2), metavar="N", help="Shapes a step.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="The greatest learning rate.")
@click.option(
    "--views", type=click.IntRange(min=1), metavar="N",
    help="Altered copies of each shape a step: by default 1 where all have labels, else 2.",
)  # fmt: skip
@click.option(
    "--scans", type=click.FloatRange(0, 1), default=0, show_default=True, metavar="SHARE",
    help="Of so many copies only what one camera sees is left, so that scans find the whole.",
)  # fmt: skip
@click.option(
    "--refits", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="Fit so many more networks of each shape that was ingested with --keep-samples; they are copies of it.",
)  # fmt: skip
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=NUMBER", help="A setting of the encoder, as width=48. Repeatable."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is drawn.")
@click.option("--tensorboard", metavar="DIR", help="Also write TensorBoard's event files there.")
@device
@common
@pass_session
def encoder(session: Session, /, folder: str | None, **options: Any) -> None:
    """Train an encoder on the networks of STORE, by default --store's.

    Offline: the source files are not read. A tenth of the shapes is only validated with, and the best epoch is kept.
    DIR.work has the curves; given again, a stopped training goes on. `inrstore reencode --model DIR` then gives a store
    the new encoder.
    """
    from inrstore.model.training.learn import train_encoder
    from inrstore.network.device import processor
    from inrstore.store import open_store

    from .curves import Curves

    store = open_store(folder) if folder else session.open()
    recipe, start = _training(options)
    out = options["out"]
    work = options["work"] or f"{out.rstrip('/')}.work"
    learned = train_encoder(
        store,
        out,
        work,
        recipe,
        labels=options["labels"],
        where=options["where"] or None,
        same=options["same"],
        start=start,
        name=options["name"],
        device=processor(options["device"]),
        on_epoch=Curves(work, options["tensorboard"]),
        on_progress=_line,
    )
    figures = {key: value for key, value in learned.figures.items() if not key.startswith("loss ")}
    lines = "".join(f"\n{name}: {value:.4f}" for name, value in figures.items())
    text = (
        f"Trained {learned.model.name}, {len(learned.history)} epochs, saved in {out}. Validation of the best:{lines}"
    )
    result = {**_identities(learned.model), "out": str(Path(out).resolve()), "epochs": len(learned.history)}
    emit({**result, "figures": figures}, text, session.json)


def _training(options: dict[str, Any]) -> tuple[EncoderRecipe, EncoderPart | None]:
    """How an encoder is to be trained, and what it starts from. Errors: BadInput, NoEncoder, as `load_model`."""
    from inrstore.errors import NoEncoder
    from inrstore.model import load_model
    from inrstore.model.training.learn import recipe_of

    start = load_model(options["start"]).encoder if options["start"] else None
    if options["start"] and start is None:
        raise NoEncoder(f"{options['start']}: has no encoder to start from")
    recipe = recipe_of(options["kind"] or (start.kind if start else "probes"))
    if start is not None:
        recipe = replace(recipe, learning_rate=recipe.learning_rate * GOING_ON)
    named = {key: key for key in ("epochs", "patience", "batch", "views", "seed", "refits")} | {"rate": "learning_rate"}
    chosen = {field: options[key] for key, field in named.items() if options[key] is not None}
    warp = replace(recipe.warp, scans=options["scans"])
    return replace(recipe, settings=_settings(options["settings"]), warp=warp, **chosen), start


def _settings(pairs: tuple[str, ...]) -> dict[str, float | int]:
    """Errors: BadInput."""
    from inrstore.errors import BadInput

    found: dict[str, float | int] = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        try:
            found[key] = int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError:
            raise BadInput(f"--set {pair}: give KEY=NUMBER, as width=48") from None
    return found


def _identities(model: Model) -> dict[str, Any]:
    return {"base": model.base.id, "encoder": model.encoder.id if model.encoder else None}


def _line(progress: Progress) -> None:
    """A training takes hours, and is read in a log: at most some thirty lines a stage, the last one always."""
    done, total = progress.done, progress.total
    if total is None or done == total or done % -(-total // 30) == 0:
        counted = "" if total is None else f": {done} of {total}"
        left = f", {timedelta(seconds=round(progress.eta))} left" if progress.eta else ""
        click.echo(f"{progress.stage}{counted}{left}{progress.current and ', '}{progress.current}", err=True)
