"""The transfer head: from the code of what was seen to the code of what is there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inrstore.arrays import as_floats
from inrstore.errors import BadInput, CorruptShard, ModelNotFound
from inrstore.model import Head
from inrstore.model.grid_decoder import Residual
from inrstore.model.part import Tensors
from inrstore.records import FloatArray, Shape

from ..remembered import NAME, ids_of, learned_from

if TYPE_CHECKING:
    from inrstore.store import Store

    from ..codes import Codes

KIND = "transfer"
TRAINING = {"completion": "completer", "reconstruction": "reconstructor"}
"""Tasks, and what trains a transfer for each."""


LEAST = 2
"""Blocks a side of codes that can be transferred: of fewer, nothing is said of places."""


@dataclass(frozen=True)
class TransferSizes:
    """Sizes of a `TransferNetwork`; `dim` and `cells` are those of the codes."""

    dim: int
    cells: int
    fine: int = 48
    """Channels of each block of the space; a multiple of 8."""
    width: int = 128
    """Of each token, which is two blocks a side."""
    layers: int = 3
    heads: int = 4


class TransferNetwork(nn.Module):
    """inr2vec's transfer between embeddings (De Luigi et al. 2023), for codes that are grids.

    How a surface is told from its surroundings is alike in all the space, and learned by convolutions; what is missing
    on one side depends on all of the other, so at half the resolution all attend to all (as in a U-Net, Ronneberger et
    al. 2015, with a transformer at its bottom). What it says is added to the code that came: a network that has learned
    nothing changes nothing.
    """

    def __init__(self, sizes: TransferSizes) -> None:
        super().__init__()
        self.sizes = sizes
        fine, width, channels = sizes.fine, sizes.width, sizes.dim // sizes.cells**3
        self.into = nn.Sequential(nn.Conv3d(channels, fine, 1), Residual(fine))
        self.down = nn.Conv3d(fine, width, 2, 2)
        self.place = nn.Parameter(torch.randn((sizes.cells // 2) ** 3, width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            width, sizes.heads, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, sizes.layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.up = nn.ConvTranspose3d(width, fine, 2, 2)
        self.back = nn.Sequential(Residual(fine), Residual(fine))
        self.out = nn.Conv3d(fine, channels, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(cast(Tensor, self.out.bias))

    def forward(self, codes: Tensor) -> Tensor:
        """(n, dim) of length one, of codes (n, dim)."""
        side = self.sizes.cells
        given = (codes * math.sqrt(self.sizes.dim)).view(len(codes), -1, side, side, side)
        near = self.into(given)
        far = self.down(near)
        tokens = self.layers(far.flatten(2).transpose(1, 2) + self.place)
        said = self.out(self.back(near + self.up(tokens.transpose(1, 2).reshape(far.shape))))
        return functional.normalize((given + said).flatten(1), dim=1)


def tensors_of(network: TransferNetwork, learned: Iterable[Shape]) -> Tensors:
    """A network in half precision, which halves the head's file, and whose codes it learned from."""
    own = {f"network.{key}": value.detach().half().numpy() for key, value in network.state_dict().items()}
    return {**own, NAME: ids_of(learned)}


@dataclass(frozen=True, eq=False)
class Transfer:
    """A transfer head, ready to be asked. Errors: BadInput for a head of another kind."""

    head: Head

    def __post_init__(self) -> None:
        if self.head.kind != KIND:
            raise BadInput(f"head {self.head.name!r} is of kind {self.head.kind!r}, not a {KIND}")

    @classmethod
    def of(cls, codes: Codes, task: str, ref: str | None = None) -> Transfer:
        """That of a store for a task, of the name or id `ref`; by default the one that was trained last.

        Errors: ModelNotFound; ModelMismatch if it reads other codes; BadInput if it was trained for another task.
        """
        found = [entry for entry in codes.store.heads(KIND) if entry.card.get("task") == task]
        found.sort(key=lambda entry: entry.encoder != codes.id)  # the last one of these codes comes first
        named = [entry for entry in found if entry.name == ref]
        if ref is None and found:
            ref = found[0].id
        elif named:
            ref = named[0].id
        if ref is None:
            raise ModelNotFound(f"the store has nothing for a {task}; train it with 'inrstore train {TRAINING[task]}'")
        transfer = cls(codes.store.head(ref, kind=KIND, encoder=codes.id))
        if transfer.task != task:
            raise BadInput(f"head {ref!r} was trained for a {transfer.task}, not for a {task}")
        return transfer

    @property
    def task(self) -> str:
        """completion or reconstruction."""
        return str(self.head.card.get("task"))

    def learned(self, store: Store) -> NDArray[np.int64]:
        """(n,) keys, ascending, of the shapes of a store that it learned from; those removed since are left out."""
        return learned_from(self.head, store)

    @property
    def same(self) -> str | None:
        """The tag that names the objects of shapes, if it learned of one."""
        tag = self.head.card.get("same")
        return None if tag is None else str(tag)

    @property
    def field(self) -> str:
        """In which its codes are decoded: sdf or occ."""
        return str(self.head.settings["settings"]["field"])

    @cached_property
    def network(self) -> TransferNetwork:
        """The network itself. Errors: CorruptShard."""
        try:
            network = TransferNetwork(TransferSizes(**self.head.settings["settings"]["sizes"]))
            own = {key: self.head.tensors[f"network.{key}"] for key in network.state_dict()}
            network.load_state_dict({key: torch.from_numpy(np.asarray(v, np.float32)) for key, v in own.items()})
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CorruptShard(f"head {self.head.name!r} is damaged: {error}; train it again") from error
        return network.eval()

    def codes(self, rows: FloatArray) -> FloatArray:
        """(n, dim) of length one, of codes (n, dim). Errors: BadArray."""
        checked = torch.from_numpy(as_floats(rows, (None, self.network.sizes.dim), "codes"))
        with torch.inference_mode():
            return np.concatenate([self.network(some).numpy() for some in checked.split(64)])
