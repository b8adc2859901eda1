"""Classifiers fitted to embeddings with their classes: a linear one exactly, or inr2vec's step by step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from inrstore.model.encoders.single import one_thread

from .classifier import build
from .labelled import Labelled

KINDS = ("linear", "mlp")
ITERATIONS = 200


@dataclass(frozen=True)
class PublishedRecipe:
    """How inr2vec trains its classifier (De Luigi et al. 2023, appendix)."""

    epochs: int = 150
    batch: int = 256
    learning_rate: float = 1e-4
    weight_decay: float = 1e-2


def fit(network: str, labelled: Labelled, strength: float, seed: int) -> nn.Module:
    """A network of one of `KINDS`, fitted to the rows; it is not learning any more.

    strength : of a linear one, the inverse of the regularisation, C of scikit-learn's LogisticRegression
    """
    rows, label = torch.from_numpy(labelled.rows), torch.from_numpy(labelled.label)
    # More threads wait for each other at matrices as small as these, for minutes where another process is busy.
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        made = build(network, rows.shape[1], len(labelled.names))
        if network == "linear":
            _logistic(made, rows, label, strength)
        else:
            _published(made, rows, label, PublishedRecipe())
    return made.eval()


def _logistic(layer: nn.Module, rows: Tensor, label: Tensor, strength: float) -> None:
    """Multinomial logistic regression with squared weights, to the optimum, from zero."""
    assert isinstance(layer, nn.Linear)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        penalty = layer.weight.square().sum() / (2 * strength * len(rows))
        found = functional.cross_entropy(layer(rows), label) + penalty
        found.backward()
        return found

    optimiser.step(loss)


def _published(network: nn.Module, rows: Tensor, label: Tensor, recipe: PublishedRecipe) -> None:
    """AdamW with one cycle of the learning rate; each row mixed, coordinate by coordinate, with one of its class."""
    batch = min(recipe.batch, len(rows))
    steps = recipe.epochs * (len(rows) // batch)
    optimiser = torch.optim.AdamW(network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, total_steps=steps)
    members = [torch.nonzero(label == place)[:, 0] for place in range(int(label.max()) + 1)]
    network.train()
    for _ in range(recipe.epochs):
        order = torch.randperm(len(rows))
        for some in order[: len(rows) // batch * batch].split(batch):
            mixed = _mixed(rows, some, label, members)
            optimiser.zero_grad()
            functional.cross_entropy(network(mixed), label[some]).backward()
            optimiser.step()
            schedule.step()


def _mixed(rows: Tensor, some: Tensor, label: Tensor, members: list[Tensor]) -> Tensor:
    """(b, d) rows of which each coordinate is their own or that of another of the class."""
    partner = some.clone()
    for place in label[some].unique():
        mine = label[some] == place
        own = members[int(place)]
        partner[mine] = own[torch.randint(len(own), (int(mine.sum()),))]
    return torch.where(torch.rand(len(some), rows.shape[1]) < 0.5, rows[some], rows[partner])
