"""Commands that train from a store alone: train encoder, train decoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from .options import SEED, Session, common, device, pass_session, where
from .output import emit
from .train_output import identities, line

if TYPE_CHECKING:
    from inrstore.model import EncoderPart, Head
    from inrstore.model.training.encoder import EncoderRecipe
    from inrstore.model.training.learn import Learned

IN_RECIPES = {"rate": "learning_rate", "class_weight": "classes", "contrast_weight": "contrast"}
"""Of the options that are called otherwise."""
GOING_ON = 1 / 3
"""Of the learning rate, where an encoder has learned before."""


def _training_options(command: Callable[..., None]) -> Callable[..., None]:
    """What both commands are given, besides --work, --name and --epochs, of which each says its own."""
    for option in (
        device,
        click.option("--tensorboard", metavar="DIR", help="Also write TensorBoard's event files there."),
        click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of everything that is drawn."),
        click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="The greatest learning rate."),
        click.option("--batch", type=click.IntRange(min=2), metavar="N", help="Shapes a step."),
        click.option("--patience", type=click.IntRange(min=1), metavar="N",
                     help="Stop after so many epochs without a better validation."),
        where,
        click.option("--out", required=True, metavar="DIR", help="Where the model is saved."),
        click.argument("folder", required=False, metavar="[STORE]"),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.option("--work", metavar="DIR", help="Where features, checkpoints and curves go; by default DIR.work.")
@click.option("--name", default="encoder", show_default=True, help="The model's name.")
@click.option(
    "--encoder", "kind", metavar="KIND",
    help="probes, the default, asks the networks what they say; weights and inr2vec, as published, only read them; "
    "grid makes codes to decode, see encode --codes.",
)  # fmt: skip
@click.option(
    "--start",
    metavar="NAME|DIR",
    help="Go on from this model's encoder, and decoder if one learns with it, at a third of its kind's rate.",
)
@click.option(
    "--labels", default="label", show_default=True, metavar="none|label|TAG",
    help="The classes to learn: none, the shapes' labels, or the values of a tag. Shapes without one help as well.",
)  # fmt: skip
@click.option(
    "--same", metavar="TAG", help="Shapes with one value of this tag are one object, as its mesh and its cloud."
)
@click.option(
    "--epochs", type=click.IntRange(min=1), metavar="N", help="At most so many passes; by default the kind's."
)
@click.option(
    "--views", type=click.IntRange(min=1), metavar="N",
    help="Altered copies of each shape a step: by default 1 where all have labels, else 2.",
)  # fmt: skip
@click.option(
    "--class-weight", type=click.FloatRange(min=0), metavar="WEIGHT",
    help="Of the loss of the classes; less where few shapes have labels. By default the kind's.",
)  # fmt: skip
@click.option(
    "--contrast-weight", type=click.FloatRange(min=0), metavar="WEIGHT",
    help="Of the contrast between copies; more where few shapes have labels. By default the kind's.",
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
    "--spectrum", type=click.FloatRange(0, 1, max_open=True), default=0, show_default=True, metavar="SHARE",
    help="So much of an embedding is what bending does not change: the spectrum of the surface. The packaged: 0.2.",
)  # fmt: skip
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=NUMBER", help="A setting of the encoder, as width=48. Repeatable."
)
@_training_options
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
    recipe, start, decoder = _training(options)
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
        decoder=decoder,
        spectrum=options["spectrum"],
        name=options["name"],
        device=processor(options["device"]),
        on_epoch=Curves(work, options["tensorboard"]),
        on_progress=line,
    )
    _told(session, learned, out)


@click.command()
@click.option("--work", metavar="DIR", help="Where checkpoints and curves go; by default DIR.work.")
@click.option("--name", default="decoder", show_default=True, help="The model's name.")
@click.option("--epochs", type=click.IntRange(min=1), metavar="N", help="At most so many passes; by default 20.")
@click.option("--points", type=click.IntRange(min=8), metavar="N", help="Points of a shape and step.")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=NUMBER", help="A size of the decoder, as width=512. Repeatable."
)
@_training_options
@common
@pass_session
def decoder(session: Session, /, folder: str | None, **options: Any) -> None:
    """Train an implicit decoder for the embeddings of STORE, by default --store's.

    Offline: the source files are not read, and the encoder stays. A tenth of the shapes is only validated with, and the
    epoch is kept whose surfaces are nearest to the networks' own. Given again, a stopped training goes on. `inrstore
    reencode --model DIR` then gives a store the decoder; nothing is encoded again.
    """
    from inrstore.model.training.decoder import train_decoder
    from inrstore.network.device import processor
    from inrstore.store import open_store

    from .curves import Curves

    store = open_store(folder) if folder else session.open()
    work = options["work"] or f"{options['out'].rstrip('/')}.work"
    learned = train_decoder(
        store,
        options["out"],
        work,
        _decoding(options),
        where=options["where"] or None,
        name=options["name"],
        device=processor(options["device"]),
        on_epoch=Curves(work, options["tensorboard"]),
        on_progress=line,
    )
    _told(session, learned, options["out"])


def _told(session: Session, learned: Learned, out: str) -> None:
    figures = {key: value for key, value in learned.figures.items() if not key.startswith("loss ")}
    lines = "".join(f"\n{name}: {value:.4f}" for name, value in figures.items())
    decoder = learned.model.decoder
    text = (
        f"Trained {learned.model.name}, {len(learned.history)} epochs, in {learned.seconds:.1f} s, saved in {out}. "
        f"Validation of the best:{lines}"
    )
    result = {**identities(learned.model), "head": decoder and decoder.id, "out": str(Path(out).resolve())}
    rest = {"epochs": len(learned.history), "figures": figures, "seconds": learned.seconds}
    emit({**result, **rest}, text, session.json)


def _decoding(options: dict[str, Any]) -> EncoderRecipe:
    """How a decoder is to be trained. Errors: BadInput."""
    from inrstore.errors import BadInput
    from inrstore.model.decoder import DecoderSettings
    from inrstore.model.training.decoder import RECIPE

    sizes = _settings(options["settings"])
    if not sizes.keys() <= {"width", "frequencies"} or any(type(v) is not int or v < 1 for v in sizes.values()):
        raise BadInput(f"--set {' '.join(options['settings'])}: a decoder has a width and frequencies, of 1 or more")
    return replace(
        RECIPE,
        decoder=replace(cast(DecoderSettings, RECIPE.decoder), **cast("dict[str, int]", sizes)),
        **_chosen(options, "epochs", "patience", "batch", "points", "seed", "rate"),
    )


def _training(options: dict[str, Any]) -> tuple[EncoderRecipe, EncoderPart | None, Head | None]:
    """How an encoder is to be trained, and the encoder and decoder that it goes on from.

    Errors: BadInput, NoEncoder, as `load_model`.
    """
    from inrstore.errors import NoEncoder
    from inrstore.model import load_model
    from inrstore.model.encoders.spectral import without_spectrum
    from inrstore.model.training.learn import recipe_of

    model = load_model(options["start"]) if options["start"] else None
    start = model.encoder if model is not None else None
    start = without_spectrum(start) if start is not None else None
    if options["start"] and start is None:
        raise NoEncoder(f"{options['start']}: has no encoder to start from")
    recipe = recipe_of(options["kind"] or (start.kind if start else "probes"))
    if start is not None:
        recipe = replace(recipe, learning_rate=recipe.learning_rate * GOING_ON)
    warp = replace(recipe.warp, scans=options["scans"])
    names = ("epochs", "patience", "batch", "views", "seed", "refits", "rate", "class_weight", "contrast_weight")
    chosen = _chosen(options, *names)
    decoder = model.decoder if model is not None and recipe.decode else None
    return replace(recipe, settings=_settings(options["settings"]), warp=warp, **chosen), start, decoder


def _chosen(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """What was given of these options, under the names that a recipe has for them."""
    return {IN_RECIPES.get(name, name): options[name] for name in names if options[name] is not None}


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
