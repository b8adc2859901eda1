"""Codes: embeddings that are made to be decoded, of an encoder beside the store's own.

What search compares forgets where the surface is. A code keeps it: it is as much a function of the stored weights
alone, by a grid encoder (`inrstore.model.encoders.grid`), and its decoder makes a surface of it again. Interpolation,
completion, reconstruction and generation work on codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from inrstore.arrays import as_floats
from inrstore.errors import BadInput, NoEncoder
from inrstore.model import Model, load_model
from inrstore.model.encoders.grid import GridEncoder
from inrstore.model.encoders.readings import probes
from inrstore.network.fields import CLIP
from inrstore.records import FloatArray
from inrstore.surface.extraction import Field, decoder_field, extract_mesh
from inrstore.surface.points import Faces, Vertices

if TYPE_CHECKING:
    from inrstore.model.decoder import Decoder
    from inrstore.store import Conditions, Ref, Store

PACKAGED = "codes"
"""The model that makes codes where a store has not been given another."""
Keys = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Codes:
    """The codes of a store's shapes, and their decoder. `Codes.of` makes one."""

    store: Store
    model: Model
    """The store's base, and the encoder and decoder of the codes."""

    @classmethod
    def of(cls, store: Store, model: Model | str | Path | None = None) -> Codes:
        """By a model, its name or directory; by default by the one that the store was given last, else the packaged.

        Errors: NoEncoder if the model has no encoder or no decoder; ModelMismatch if it does not read the store's
        networks; as `load_model`.
        """
        own = store.codes_id if model is None else None
        if own is not None:
            return cls(store, store.backing.parts.model(store.base_id, own))
        given = model if isinstance(model, Model) else load_model(model or PACKAGED)
        if given.encoder is None or given.decoder is None:
            raise NoEncoder(f"model {given.name!r} has no encoder or no decoder, so it makes no codes")
        if given.encoder.kind != GridEncoder.kind:
            raise NoEncoder(
                f"model {given.name!r} makes embeddings for search, not codes; train one that does with "
                "'inrstore train encoder --encoder grid'"
            )
        return cls(store, Model(given.name, store.base(), given.encoder, given.decoder, given.card))

    @property
    def id(self) -> str:
        """Identity of the encoder."""
        return self.model.encoding.part.id

    @property
    def dim(self) -> int:
        """Numbers in a code."""
        return self.model.encoding.part.dim

    @property
    def cells(self) -> int:
        """Blocks of the space a side, each with numbers of its own: a code is (channels, cells, cells, cells)."""
        return int(self.model.encoding.part.settings["settings"]["cells"])

    @property
    def decoder(self) -> Decoder:
        """The network that makes fields of codes."""
        assert self.model.decoder is not None  # as `of` sees to
        return self.model.decoder.decoder

    def stored(self, where: Conditions | None = None) -> tuple[Keys, FloatArray]:
        """Keys (n,) ascending and codes (n, dim) of all encoded shapes, or of those of which `where` holds.

        Errors: BadInput if some have none yet.
        """
        wanted = np.concatenate([np.empty(0, np.int64), *(keys for _, _, keys in self.store.encodable())])
        if where is not None:
            wanted = wanted[np.isin(wanted, self.store.keys(where))]
        wanted = np.sort(wanted)
        return wanted, self.of_keys(wanted)

    def of_keys(self, keys: Keys) -> FloatArray:
        """(n, dim) as they are stored, of shapes by their keys (n,) ascending. Errors: BadInput if some have none."""
        known = {entry.encoder for entry in self.store.heads("decoder")}
        there = self.store.embedding_keys(self.id) if self.id in known else np.empty(0, np.int64)
        missing = int((~np.isin(keys, there)).sum())
        if missing:
            raise BadInput(f"{missing} shapes have no code yet; run 'inrstore encode --codes --missing'")
        return self.store.embeddings(keys, encoder=self.id)[1]

    def code(self, ref: Ref) -> FloatArray:
        """(dim,) of a stored shape, from the network that is encoded. Errors: ShapeNotFound, AmbiguousShape."""
        shape = self.store.shape(ref)
        found: FloatArray = self.encode(shape.field, self.store.weights([shape.key]))[0]
        return found

    def encode(self, field: str, weights: FloatArray) -> FloatArray:
        """(n, dim) of length one, of whole weights (n, W) of networks of one field. Errors: as `Model.encode`."""
        return self.model.encode(field, weights)

    def of_points(self, points: FloatArray) -> FloatArray:
        """(dim,) of what the exact unsigned distance to points (n, 3) would say: as of a network that fits perfectly.

        For trainings, which see more clouds than could be fitted. Errors: BadInput if there are none.
        """
        if not len(points):
            raise BadInput("points: none came; give one or more")
        encoder = cast(GridEncoder, self.model.build_encoder())
        distance, _ = cKDTree(points).query(probes(encoder.side).numpy(), distance_upper_bound=CLIP)
        near = torch.from_numpy(1 - np.minimum(distance, CLIP) / CLIP).float()
        reading = torch.stack([near, torch.zeros_like(near)]).view(1, 2, *[encoder.side] * 3)
        with torch.inference_mode():
            return np.asarray(encoder.embed(reading)[0].numpy())

    def field(self, code: FloatArray, name: str = "sdf") -> Field:
        """What the decoder makes of a code (dim,): raw outputs at points. Errors: BadArray, UnknownField."""
        return decoder_field(self.model, as_floats(code, (self.dim,), "code"), name)

    def surface(self, code: FloatArray, name: str = "sdf", resolution: int = 128) -> tuple[Vertices, Faces]:
        """Vertices (v, 3), normalised, and faces (f, 3) of what a code (dim,) stands for. Errors: as `extract_mesh`."""
        return extract_mesh(self.field(code, name), name, resolution)
