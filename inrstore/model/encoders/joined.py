"""The joined encoder: several that ask networks at the same probes, side by side, in as few numbers as say the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inrstore.errors import BadInput
from inrstore.network.siren import Siren
from inrstore.records import FloatArray

from ..part import Tensors
from . import EncoderPart, find
from .readings import Asking

if TYPE_CHECKING:
    from ..base import Base

DIRECTIONS = "directions"


@dataclass(frozen=True)
class Member:
    """One of the encoders, and its share of the squared length of what is joined."""

    encoder: Asking
    share: float


class JoinedEncoder(Asking):
    """What encoders that learned from other shapes, or otherwise, agree about is surer than what each says.

    The network is asked once for all of them. Their embeddings, each with its share of the squared length, are laid
    along main directions of those of many shapes, so that products stay what they were, to a little.
    """

    kind: ClassVar[str] = "joined"
    any_base: ClassVar[bool] = True

    def __init__(self, siren: Siren, members: Sequence[Member], directions: FloatArray) -> None:
        _check(members)
        self.siren, self.members = siren, tuple(members)
        self.directions = torch.from_numpy(np.asarray(directions, np.float32))

    @property
    def dim(self) -> int:
        return int(self.directions.shape[1])

    @property
    def side(self) -> int:
        return self.members[0].encoder.side

    def of_reading(self, field: str, raw: Tensor) -> Tensor:
        return self._laid([member.encoder.of_reading(field, raw)[None] for member in self.members])[0]

    def of_readings(self, field: str, raw: Tensor) -> Tensor:
        return self._laid([member.encoder.of_readings(field, raw) for member in self.members])

    def encode_on(self, device: str, field: str, weights: FloatArray) -> FloatArray:
        found = [torch.from_numpy(member.encoder.encode_on(device, field, weights)) for member in self.members]
        return self._laid(found).numpy()

    def _laid(self, rows: Sequence[Tensor]) -> Tensor:
        """(n, dim) of unit length, of each member's embeddings (n, d)."""
        shares = [math.sqrt(member.share) for member in self.members]
        joined = torch.cat([share * some for share, some in zip(shares, rows, strict=True)], dim=1)
        return functional.normalize(joined @ self.directions, dim=1)

    def settings(self) -> Mapping[str, Any]:
        return {
            "members": [
                {"kind": member.encoder.kind, "settings": dict(member.encoder.settings()), "share": member.share}
                for member in self.members
            ]
        }

    def arrays(self) -> Tensors:
        found: dict[str, NDArray[Any]] = {DIRECTIONS: self.directions.half().numpy()}
        for number, member in enumerate(self.members):
            found |= {f"{number}.{key}": value for key, value in member.encoder.arrays().items()}
        return found

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Tensors) -> JoinedEncoder:
        members = []
        for number, one in enumerate(settings["members"]):
            own = {key.removeprefix(f"{number}."): v for key, v in arrays.items() if key.startswith(f"{number}.")}
            encoder = find(one["kind"]).restore(base, one["settings"], own)
            members.append(Member(cast(Asking, encoder), one["share"]))
        return cls(base.siren, members, arrays[DIRECTIONS])


def joined(
    name: str, base: Base, parts: Sequence[tuple[EncoderPart, float]], rows: Sequence[FloatArray], dim: int
) -> EncoderPart:
    """Encoders that ask, each with its share, in `dim` numbers: the main directions of some shapes' embeddings.

    `rows` are those embeddings, (n, d) of each part in turn. Errors: BadInput if they do not go together.
    """
    members = [Member(cast(Asking, part.build(base)), share) for part, share in parts]
    if not all(isinstance(member.encoder, Asking) for member in members) or any(part.bound for part, _ in parts):
        raise BadInput(f"encoders are joined that ask networks, not {', '.join(part.kind for part, _ in parts)}")
    _check(members)
    both = np.concatenate([math.sqrt(share) * some for (_, share), some in zip(parts, rows, strict=True)], axis=1)
    if dim > min(both.shape):
        raise BadInput(
            f"{both.shape[0]} embeddings of {both.shape[1]} numbers do not say which {dim} directions matter"
        )
    _, vectors = np.linalg.eigh(both.T.astype(np.float64) @ both)  # ascending
    encoder = JoinedEncoder(base.siren, members, vectors[:, : -dim - 1 : -1].astype(np.float16))
    return EncoderPart.of(name, encoder, base)


def _check(members: Sequence[Member]) -> None:
    """Errors: BadInput."""
    sides, shares = {member.encoder.side for member in members}, [member.share for member in members]
    if len(sides) != 1 or min(shares) <= 0 or not math.isclose(sum(shares), 1, abs_tol=1e-6):
        raise BadInput("encoders are joined that ask at the same probes, with shares above 0 that make 1 in all")
