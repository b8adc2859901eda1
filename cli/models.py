"""Commands about the models that come with the package or lie in a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .options import Session, common, pass_session
from .output import emit, listing, table

if TYPE_CHECKING:
    from inrstore.model import Model


@click.group()
@common
def models() -> None:
    """List the packaged models and show their cards."""


@models.command("list")
@common
@pass_session
def list_models(session: Session) -> None:
    """List the packaged models."""
    from inrstore.model import PACKAGED, load_model

    found = [load_model(path.parent.name) for path in sorted(PACKAGED.glob("*/model.json"))]
    value = [_facts(model) for model in found]
    rows = [
        (m.name, m.base.id[:12], m.encoder and m.encoder.id[:12], m.siren, " ".join(m.fields), m.embedding_dim)
        for m in found
    ]
    emit(value, table(["name", "base", "encoder", "network", "fields", "embedding"], rows), session.json)


@models.command()
@click.argument("name", default="default")
@common
@pass_session
def show(session: Session, name: str) -> None:
    """Print what model NAME (a packaged one, or a directory) is, and its card."""
    from inrstore.model import load_model

    model = load_model(name)
    facts = _facts(model)
    emit({**facts, "card": model.card}, f"{listing(facts)}\n\n{model.card}".rstrip(), session.json)


def _facts(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "base": model.base.id,
        "encoder": model.encoder.id if model.encoder else None,
        "siren": str(model.siren),
        "weights": model.siren.size,
        "fields": list(model.fields),
        "embedding_dim": model.embedding_dim,
    }
