"""The spectral encoder: another encoder's embedding, and beside it what the surface of the network sounds like.

What lies or bends otherwise looks otherwise on a lattice of probes, and sounds the same; see `surface.spectrum`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inrstore.errors import BadInput
from inrstore.network.fields import CLIP
from inrstore.network.siren import Siren, forward
from inrstore.records import FloatArray
from inrstore.surface.spectrum import heard

from ..part import Tensors
from . import EncoderPart, find
from .many import MANY
from .readings import Asking, asked, volumes
from .single import Lattice, one_thread

if TYPE_CHECKING:
    from ..base import Base

LEAST_UNSIGNED = 0.01
"""The least skin of a network of unsigned distances, which nowhere says quite zero."""
NEAR = 0.085
"""The network is asked again, half as far apart, where it said that the surface is nearer than this. Every surface is
nearer than .072 to one of 24 probes a side."""
CHUNK = 8192
"""Points at once: activations stay in the processor's cache."""
FREQUENCIES, INNER = "spectrum.frequencies", "inner."
LEAST = 1e-3
"""No eigenvalue counts as less; of a connected surface none is."""
SEED = 0


@dataclass(frozen=True)
class SpectralSettings:
    """Sizes of what a `SpectralEncoder` adds."""

    eigenvalues: int = 30
    waves: int = 32
    """For each skin half as many as the numbers that it adds to an embedding."""
    skins: tuple[float, ...] = (0.005, 0.03)
    """Distances from the network's surface, of surfaces that are heard. The nearest knows one shape from another best;
    the farther holds thin parts together, and is the same however they lie on the lattice."""
    shares: tuple[float, ...] = (0.05, 0.15)
    """Of the squared length of an embedding, by skin."""
    loose: tuple[float, ...] = (0.4, 0.35)
    """Of the score of a query that may lie, or bend, in any way, by skin."""
    width: float = 0.08
    """How far, as the root mean square of their eigenvalues' logarithms, two surfaces are apart that still sound alike:
    their product is exp(-½ (distance / width)²)."""

    def __post_init__(self) -> None:
        if not len(self.skins) == len(self.shares) == len(self.loose) > 0 or min(self.eigenvalues, self.waves) < 1:
            raise BadInput(f"a spectrum needs skins, each with a share and a loose one, eigenvalues and waves: {self}")
        if min(*self.shares, *self.loose, self.width) <= 0 or max(sum(self.shares), sum(self.loose)) >= 1:
            raise BadInput(f"a spectrum's shares are above 0, and below 1 in all, and its width above 0: {self}")

    def with_share(self, share: float) -> SpectralSettings:
        """The same with so much of an embedding in all. Errors: BadInput."""
        return replace(self, shares=tuple(share * part / sum(self.shares) for part in self.shares))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> SpectralSettings:
        """As they were saved."""
        found: dict[str, Any] = {k: tuple(value) if isinstance(value, list) else value for k, value in values.items()}
        return cls(**found)


class SpectralEncoder:
    """Puts the spectra of decoded surfaces beside the embedding of an encoder that asks networks.

    The logarithms of the least eigenvalues (Reuter et al. 2006) are made into waves whose products are a Gaussian of
    their distance: random Fourier features (Rahimi and Recht 2007), with orthogonal frequencies (Yu et al. 2016). Where
    a network has no surface there are zeros, and the rest is all of the embedding.
    """

    kind: ClassVar[str] = "spectral"
    any_base: ClassVar[bool] = True

    def __init__(self, siren: Siren, inner: Asking, sizes: SpectralSettings, frequencies: FloatArray) -> None:
        self.siren, self.inner, self.sizes = siren, inner, sizes
        self.frequencies = np.asarray(frequencies, np.float32)

    @property
    def dim(self) -> int:
        return self.inner.dim + self._heard

    @property
    def _heard(self) -> int:
        return 2 * self.sizes.waves * len(self.sizes.skins)

    @property
    def looseness(self) -> float:
        """Share of a loosened query's score that no pose changes."""
        return sum(self.sizes.loose)

    def encode(self, field: str, weights: FloatArray) -> FloatArray:
        out = np.empty((len(weights), self.dim), np.float32)
        for number, (row, raw) in enumerate(self._readings(field, weights)):
            with torch.inference_mode(), one_thread():
                own = self.inner.of_reading(field, raw).numpy()
            out[number] = self._joined(own, self._sound(field, row, raw))
        return out

    def encode_turned(self, field: str, weights: FloatArray, turns: FloatArray) -> FloatArray:
        """(p, dim) of one network (W,); after every turn it sounds as it does as it is."""
        ((row, raw),) = self._readings(field, weights[None])
        sound = self._sound(field, row, raw)
        return np.stack([self._joined(own, sound) for own in self.inner.encode_turned(field, weights, turns)])

    def encode_on(self, device: str, field: str, weights: FloatArray) -> FloatArray:
        """(n, dim): networks are asked there, and what they say is heard here, one after the other."""
        if not len(weights):
            return np.empty((0, self.dim), np.float32)
        own = self.inner.encode_on(device, field, weights)
        found: list[Sequence[NDArray[np.float64] | None]] = []
        for some in torch.from_numpy(self.inner.read_weights(field, weights)).split(MANY):
            there = some.to(device)
            with torch.inference_mode():
                raw = asked(self.siren, self.inner.side, there).view(-1, *[self.inner.side] * 3)
                volumes = [_volume(self.siren, field, row, one) for row, one in zip(there, raw, strict=True)]
            with one_thread():
                found += [_spectra(field, self.sizes, volume) for volume in volumes]
        return np.stack([self._joined(row, self._waves(spectra)) for row, spectra in zip(own, found, strict=True)])

    def loosened(self, rows: FloatArray) -> FloatArray:
        """Queries (n, dim) for which the spectra count as much as `looseness` says; their own score stays 1."""
        shares, loose = self.sizes.shares, self.sizes.loose
        own = (1 - sum(loose)) / (1 - sum(shares))
        each = [counts / share for counts, share in zip(loose, shares, strict=True)]
        factors = np.repeat([own, *each], [self.inner.dim, *[2 * self.sizes.waves] * len(each)]).astype(np.float32)
        queries = rows * factors
        return np.asarray(queries / (queries * rows).sum(axis=1, keepdims=True))

    def settings(self) -> Mapping[str, Any]:
        spectrum = {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self.sizes).items()}
        return {"inner": self.inner.kind, "settings": dict(self.inner.settings()), "spectrum": spectrum}

    def arrays(self) -> Tensors:
        return {f"{INNER}{key}": value for key, value in self.inner.arrays().items()} | {FREQUENCIES: self.frequencies}

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Tensors) -> SpectralEncoder:
        own = {key.removeprefix(INNER): value for key, value in arrays.items() if key.startswith(INNER)}
        inner = find(settings["inner"]).restore(base, settings["settings"], own)
        return cls(base.siren, cast(Asking, inner), SpectralSettings.of(settings["spectrum"]), arrays[FREQUENCIES])

    def _readings(self, field: str, weights: FloatArray) -> Iterator[tuple[Tensor, Tensor]]:
        """Of each network (W,) its weights as the other encoder reads them, and its raw outputs (p³,) at the probes."""
        lattice = Lattice(self.siren, self.inner.side)
        for row in torch.from_numpy(self.inner.read_weights(field, weights)):
            with torch.inference_mode(), one_thread():
                raw = lattice.ask(row)
            yield row, raw

    def _joined(self, own: FloatArray, sound: FloatArray) -> FloatArray:
        row = np.concatenate([math.sqrt(1 - sum(self.sizes.shares)) * own, sound], dtype=np.float32)
        return np.asarray(row / np.linalg.norm(row))  # longer where a part is silent

    def _sound(self, field: str, weights: Tensor, raw: Tensor) -> FloatArray:
        """What a network (W,) with the outputs (p³,) sounds like, as `_waves`."""
        with torch.inference_mode(), one_thread():
            volume = _volume(self.siren, field, weights, raw.view([self.inner.side] * 3))
            return self._waves(_spectra(field, self.sizes, volume))

    def _waves(self, spectra: Sequence[NDArray[np.float64] | None]) -> FloatArray:
        """(2 waves · skins,): of each skin as much as its share; zeros of one that has no spectrum."""
        found = np.zeros((len(spectra), 2 * self.sizes.waves), np.float32)
        for row, share, values in zip(found, self.sizes.shares, spectra, strict=True):
            if values is not None:
                phases = self.frequencies @ np.log(values.clip(LEAST)).astype(np.float32)
                row[:] = np.concatenate([np.cos(phases), np.sin(phases)]) * math.sqrt(share / self.sizes.waves)
        return found.ravel()


def _spectra(field: str, sizes: SpectralSettings, volume: NDArray[np.float32]) -> list[NDArray[np.float64] | None]:
    """Of every skin the least eigenvalues, of what `_volume` gives.

    One at a time in a process: the library that collapses faces keeps its mesh in one place for all threads.
    """
    if field == "occ":  # which knows no distance, so all skins are one
        return [heard(volume, sizes.eigenvalues)] * len(sizes.skins)
    least = LEAST_UNSIGNED if field == "udf" else 0.0
    return [heard(volume + np.float32(max(skin, least)), sizes.eigenvalues) for skin in sizes.skins]


def with_spectrum(part: EncoderPart, base: Base, sizes: SpectralSettings | None = None) -> EncoderPart:
    """An encoder, as it was learned, with the spectrum beside its embedding. Errors: BadInput if it does not ask."""
    inner, chosen = part.build(base), sizes or SpectralSettings()
    if not isinstance(inner, Asking) or part.bound:
        raise BadInput(f"a spectrum goes with encoders that ask networks, not with {part.kind}")
    encoder = SpectralEncoder(base.siren, inner, chosen, _frequencies(chosen))
    return EncoderPart.of(part.name, encoder, base)


def without_spectrum(part: EncoderPart) -> EncoderPart:
    """The encoder that a spectral one was made of; any other as it is."""
    if part.kind != SpectralEncoder.kind:
        return part
    own, tensors = part.settings["settings"], part.tensors
    settings = {
        "kind": own["inner"],
        "settings": own["settings"],
        "dim": part.dim - 2 * own["spectrum"]["waves"] * len(own["spectrum"]["skins"]),
    }
    learned = {key.removeprefix(INNER): value for key, value in tensors.items() if key.startswith(INNER)}
    return EncoderPart(part.name, {**part.settings, **settings}, learned)


def _frequencies(sizes: SpectralSettings) -> FloatArray:
    """(waves, eigenvalues): blocks of orthogonal directions, each as long as a Gaussian's draw."""
    rng, blocks = np.random.default_rng(SEED), []
    for _ in range(0, sizes.waves, sizes.eigenvalues):
        square = rng.normal(size=(sizes.eigenvalues, sizes.eigenvalues))
        lengths = np.linalg.norm(rng.normal(size=square.shape), axis=1)
        blocks.append(lengths[:, None] * np.linalg.qr(square)[0])
    rows = np.concatenate(blocks)[: sizes.waves] / (sizes.width * math.sqrt(sizes.eigenvalues))
    return rows.astype(np.float32)


def _volume(siren: Siren, field: str, weights: Tensor, raw: Tensor) -> NDArray[np.float32]:
    """What is 0 on the surface and positive inside, at (2p + 1)³ places of [-1, 1]³: the probes, and half way between.

    From raw outputs (p, p, p); the network (W,) says it anew where the surface may be. The outermost are outside. It is
    the distance, where the field knows one.
    """
    side = 2 * len(raw) - 1
    coarse = torch.stack([_signal(field, raw), volumes(field, raw.reshape(1, -1), len(raw))[0, 0]])[None]
    fine, near = functional.interpolate(coarse, size=[side] * 3, mode="trilinear", align_corners=True)[0]
    places = (near > 1 - NEAR / CLIP).nonzero()
    if len(places):
        points = (places + 1) * (2 / (side + 1)) - 1
        parts = [forward(siren, weights[None], some[None])[0] for some in points.split(CHUNK)]
        fine[tuple(places.T)] = _signal(field, torch.cat(parts))
    return functional.pad(fine, [1] * 6, value=-CLIP).cpu().numpy()


def _signal(field: str, raw: Tensor) -> Tensor:
    if field == "occ":
        return raw.clamp(-50, 50)
    chance = torch.sigmoid(raw)  # as in `network.fields.distance`
    return CLIP * (2 * chance - 1 if field == "sdf" else chance - 1)
