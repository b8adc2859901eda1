"""Commands that make embeddings of stored networks: encode, reencode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from .ingest import jobs
from .options import Session, common, device, engine, pass_session
from .output import counted, emit

if TYPE_CHECKING:
    from ingest.encoding import EncodeResult


@click.command()
@click.option("--missing", is_flag=True, help="Only shapes that have no embedding yet.")
@click.option("--codes", is_flag=True, help="Codes, beside the embeddings: what surfaces are decoded from.")
@click.option(
    "--words", is_flag=True, help="Vectors of what shapes are called: what `search --text` compares by meaning."
)
@click.option("--views", is_flag=True, help="How shapes look from all round: what `search --image` compares.")
@click.option("--tower", metavar="NAME|DIR", help="By which words or views are read; by default the store's.")
@click.option("--model", metavar="NAME|DIR", help="Whose encoder and decoder of codes; by default the store's.")
@jobs
@device
@engine
@common
@pass_session
def encode(
    session: Session,
    /,
    missing: bool,
    codes: bool,
    words: bool,
    views: bool,
    tower: str | None,
    model: str | None,
    **options: Any,
) -> None:
    """Make the embeddings anew from the stored networks.

    Without the source files. `ingest` has made them already; this repairs what is damaged or missing. With --codes
    those are made that `interpolate`, `complete`, `reconstruct` and `generate` decode: the trainings of these tasks
    learn from them. A model of one's own is made by `inrstore train encoder --encoder grid`.

    With --words the names, labels and tags are read by a network for language, those that are missing. From then on
    searches keep up with changes themselves, as long as few are missing. A tower is minilm, a folder of
    sentence-transformers, or OWNER/NAME of a model to fetch.

    With --views twelve drawn views of every decoded surface are read by a network for pictures, those that are missing;
    from then on `ingest` does so, too. A tower is efficientnet-lite0, or open_clip:MODEL/TAG; one that is given makes
    them anew, if it is another, or if an image head was trained since, which says what of a picture counts.
    """
    from ingest import encode as run
    from inrstore.tasks import Codes

    from .progress import Bar

    if words or views:
        if missing or codes or model or (words and views):
            raise click.UsageError("--words and --views go with --tower, each by itself")
        (_words if words else _views)(session, tower, options)
        return
    if tower:
        raise click.UsageError("--tower is for --words and --views")
    if model and not codes:
        raise click.UsageError("--model is for --codes; to change the encoder of the store use 'inrstore reencode'")
    store = session.open()
    beside = Codes.of(store, model).model if codes else None
    with Bar("encoding", "shape") as bar:
        result = run(store, missing=missing, beside=beside, on_progress=bar.update, **options)
    _report(session, result)


@click.command()
@click.option("--model", required=True, metavar="NAME|DIR", help="Packaged model or model directory.")
@jobs
@device
@engine
@common
@pass_session
def reencode(session: Session, /, model: str, **options: Any) -> None:
    """Embed every stored network with another model's encoder, then switch the store to it.

    The model's decoder, if it has one, becomes the store's, too; where the encoder is the store's own already, that is
    all that is done.

    Without the source files; the model must have the base of the store's networks. Until the switch, which is one
    transaction, search goes on with the former embeddings. An interrupted run goes on where it stopped when the same
    command is given again. The former embeddings stay until `compact`.
    """
    from ingest import reencode as run
    from inrstore.model import load_model

    from .progress import Bar

    store = session.open()
    with Bar("encoding", "shape") as bar:
        result = run(store, model, on_progress=bar.update, **options)
    decoder = load_model(model).decoder
    _report(session, result, f"; its decoder is now {decoder.id[:12]}" if decoder else "")


def _words(session: Session, tower: str | None, options: Mapping[str, Any]) -> None:
    import index

    from .progress import Bar

    with Bar("encoding words", "shape") as bar:
        done = index.encode_words(session.open(), tower, on_progress=bar.update)
    text = f"the words of {counted(done.encoded, 'shape')} encoded by {done.tower}"
    emit(asdict(done), f"{text}; {done.without:,} of them have none" if done.without else text, session.json)


def _views(session: Session, tower: str | None, options: Mapping[str, Any]) -> None:
    from ingest import encode_views

    from .progress import Bar

    how = {name: options[name] for name in ("jobs", "engine", "ray_address")}
    with Bar("encoding views", "shape") as bar:
        result = encode_views(session.open(), tower, on_progress=bar.update, **how)
    _report(session, result)


def _report(session: Session, result: EncodeResult, decoder: str = "") -> None:
    rate = f" ({result.encoded / result.seconds:.0f} shapes/s)" if result.encoded else ""
    text = f"{counted(result.encoded, 'shape')} encoded in {result.seconds:.1f} s{rate}"
    if result.switched:
        text += f"; the store's encoder is now {result.encoder[:12]}. `inrstore compact` drops the former embeddings"
    emit(asdict(result), text + decoder, session.json)
