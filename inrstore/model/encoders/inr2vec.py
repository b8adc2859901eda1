"""inr2vec's encoder as published (De Luigi et al. 2023, arXiv 2302.05438, section 3.2 and appendix): a baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from inrstore.errors import BadInput
from inrstore.network.siren import Siren, split
from inrstore.records import FloatArray

from ..part import Tensors
from ..training.warp import WarpRecipe, whole_only
from .many import Many
from .single import one_thread

if TYPE_CHECKING:
    from ..base import Base


@dataclass(frozen=True)
class Inr2vecSettings:
    """Sizes of an `Inr2vecEncoder`; those of the paper."""

    widths: tuple[int, ...] = (512, 512, 1024, 1024)
    dim: int = 1024


class Inr2vecEncoder(Many, nn.Module):
    """Rows of the hidden matrices and their biases, each through the same linear layers, then the greatest of each.

    The first and the last layer of the network are left out, as published. A row of the matrix that maps to the next
    layer is one token, the bias another. One thing differs: embeddings are scaled to unit length, as everywhere here.
    """

    kind: ClassVar[str] = "inr2vec"
    any_base: ClassVar[bool] = False

    def __init__(self, siren: Siren, sizes: Inr2vecSettings) -> None:
        if siren.layers < 2:
            raise BadInput(f"inr2vec reads the hidden matrices, of which a SIREN {siren} has none")
        super().__init__()
        self.siren, self.sizes = siren, sizes
        layers: list[nn.Module] = []
        for fan_in, out in zip((siren.hidden, *sizes.widths), sizes.widths, strict=False):
            layers += [nn.Linear(fan_in, out), nn.BatchNorm1d(out), nn.ReLU()]
        self.rows = nn.Sequential(*layers, nn.Linear(sizes.widths[-1], sizes.dim))

    @classmethod
    def begin(cls, base: Base, **settings: Any) -> Inr2vecEncoder:
        """One that has learned nothing yet. Errors: BadInput."""
        return cls(base.siren, Inr2vecSettings(**settings))

    @property
    def dim(self) -> int:
        return self.sizes.dim

    def encode(self, field: str, weights: FloatArray) -> FloatArray:
        """(n, dim) embeddings from whole weights θ (n, W), one at a time, so that no other changes its bytes."""
        out = np.empty((len(weights), self.dim), np.float32)
        with torch.inference_mode(), one_thread():
            for number, row in enumerate(torch.from_numpy(np.ascontiguousarray(weights, np.float32))):
                out[number] = self.embed(row[None])[0].numpy()
        return out

    def settings(self) -> Mapping[str, Any]:
        return {**asdict(self.sizes), "widths": list(self.sizes.widths)}

    def arrays(self) -> Tensors:
        """In half precision, which halves a model's file."""
        return {k: (v.half() if v.is_floating_point() else v).cpu().numpy() for k, v in self.state_dict().items()}

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Tensors) -> Inr2vecEncoder:
        encoder = cls(base.siren, Inr2vecSettings(tuple(settings["widths"]), settings["dim"]))
        encoder.load_state_dict({key: torch.from_numpy(np.asarray(value)) for key, value in arrays.items()})
        return encoder.eval()

    def inputs(self, field: str, weights: Tensor) -> Tensor:
        return weights

    def features(self, field: str, weights: Tensor) -> Tensor:
        """(n, W) float16: the networks themselves."""
        return weights.half()

    def prepare(self, batches: Iterable[Tensor]) -> None:
        """It learns nothing before the training."""

    def altered(self, features: Tensor, recipe: WarpRecipe, generator: torch.Generator) -> Tensor:
        """As they are: what moves a network is in its first layer, which is not read."""
        whole_only(recipe)
        return features.float()

    def plain(self, features: Tensor) -> Tensor:
        return features.float()

    def embed(self, features: Tensor) -> Tensor:
        """(n, dim) embeddings of unit length, of networks (n, W)."""
        return self.learned(features)

    def learned(self, features: Tensor) -> Tensor:
        hidden = split(self.siren, features)[1:-1]
        tokens = torch.cat([torch.cat([matrix, bias[:, None]], dim=1) for matrix, bias in hidden], dim=1)
        codes: Tensor = self.rows(tokens.flatten(0, 1)).view(*tokens.shape[:2], -1).amax(dim=1)
        return functional.normalize(codes.float(), dim=-1)
