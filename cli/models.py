"""Commands about the models that come with the package or lie in a directory."""

from __future__ import annotations

import click

from .options import Session, common, pass_session
from .output import emit, listing, table


@click.group()
@common
def models() -> None:
    """List the packaged models and show their cards."""


@models.command("list")
@common
@pass_session
def list_models(session: Session) -> None:
    """List the packaged models."""
    from inrstore.model import load_model, packaged_models

    found = [load_model(name) for name in packaged_models()]
    value = [
        {
            "name": m.name,
            "id": m.id,
            "siren": str(m.siren),
            "fields": list(m.fields),
            "embedding_dim": m.embedding_dim,
        }
        for m in found
    ]
    rows = [(v["name"], v["id"][:12], v["siren"], " ".join(v["fields"]), v["embedding_dim"]) for v in value]
    emit(value, table(["name", "id", "network", "fields", "embedding"], rows), session.json)


@models.command()
@click.argument("name", default="default")
@common
@pass_session
def show(session: Session, name: str) -> None:
    """Print what model NAME (a packaged one, or a directory) is, and its card."""
    from inrstore.model import load_model

    model = load_model(name)
    value = {
        "name": model.name,
        "id": model.id,
        "siren": str(model.siren),
        "weights": model.siren.size,
        "fields": list(model.fields),
        "embedding_dim": model.embedding_dim,
        "card": model.card,
    }
    facts = {key: item for key, item in value.items() if key != "card"}
    emit(value, f"{listing(facts)}\n\n{model.card}".rstrip(), session.json)
