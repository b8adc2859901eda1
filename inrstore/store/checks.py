"""What is checked of shapes and vectors before anything of them is written."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inrstore.arrays import as_floats, check_field
from inrstore.errors import BadInput, ModelMismatch
from inrstore.records import PART_POINTS, THUMBNAIL_BYTES, FloatArray, Inr, KeptSamples, NewShape, PartLabels

from .backing import Backing
from .models import EncoderFacts, Parts
from .read import storable
from .sources import storable_part, storable_source
from .where import check_tag_names


def check_shape(shape: NewShape, backing: Backing) -> NewShape:
    """The shape with storable text. Errors: BadInput, ModelMismatch, ModelNotFound."""
    who = f"shape {shape.source!r}"
    check_field(shape.field, name=f"{who}: field")
    inrs = tuple(as_inr(inr, who) for inr in shape.inrs)
    embedding = None if shape.embedding is None else as_floats(shape.embedding, (None,), f"{who}: embedding")
    if inrs != shape.inrs or embedding is not shape.embedding:
        shape = replace(shape, inrs=inrs, embedding=embedding)
    for name in ("sha256", "source_sha256"):
        if not re.fullmatch("[0-9a-f]{64}", getattr(shape, name)):
            raise BadInput(f"{who}: {name} is {getattr(shape, name)!r}, not 64 hex digits")
    if not (shape.scale > 0 and all(map(math.isfinite, (shape.scale, *shape.center, *(shape.rotation or ()))))):
        raise BadInput(f"{who}: center, scale or rotation is not finite, or the scale is not positive")
    if shape.rotation is not None and len(shape.rotation) != 9:
        raise BadInput(f"{who}: rotation has {len(shape.rotation)} numbers, not 9")
    if not all(map(math.isfinite, shape.quality.values())):
        raise BadInput(f"{who}: quality {dict(shape.quality)} is not finite")
    check_tag_names(map(str, shape.tags), who)
    _check_vectors(shape, who, backing)
    return replace(
        shape,
        name=storable(shape.name),
        source=storable(shape.source),
        part=shape.part and storable_part(shape.part),
        further=tuple(storable_source(source) for source in shape.further),
        label=storable(shape.label) if shape.label else None,
        tags={storable(str(k)): storable(str(v)) for k, v in shape.tags.items()},
    )


def _check_vectors(shape: NewShape, who: str, backing: Backing) -> None:
    own = backing.base
    if not shape.inrs or backing.parts.base_facts(shape.inrs[0].base).siren != own.siren:
        has = f"of base {shape.inrs[0].base[:12]}" if shape.inrs else "none"
        raise ModelMismatch(f"{who}: its first network is {has}; give one of the architecture of base {own.id[:12]}")
    check_inrs(shape.inrs, who, backing.parts)
    if shape.embedding is not None:
        if shape.encoder is None:
            raise BadInput(f"{who}: it has an embedding; say by its encoder's id which one made it")
        check_embeddings(shape.embedding, backing.encoder(shape.encoder), who)
    if shape.samples is not None:
        check_samples(shape.samples, shape.field, who)
    if shape.part_labels is not None:
        check_part_labels(shape.part_labels, who)
    if shape.thumbnail is not None:
        check_thumbnail(shape.thumbnail, who)


def as_inr(inr: Inr, who: str) -> Inr:
    """The network with weights as finite float32 (W,), whatever W is. Errors: BadArray, UnknownField."""
    check_field(inr.field, name=f"{who}: field of its network")
    weights = as_floats(inr.weights, (None,), f"{who}: weights")
    return inr if weights is inr.weights else replace(inr, weights=weights)


def check_inrs(inrs: Sequence[Inr], who: str, parts: Parts) -> None:
    """Errors: BadInput, ModelMismatch, ModelNotFound; `who` begins the message."""
    if len({(inr.base, inr.profile) for inr in inrs}) < len(inrs):
        raise BadInput(f"{who}: two networks of one base and profile")
    for inr in inrs:
        size = parts.base_facts(inr.base).weights
        if inr.weights.shape != (size,):
            raise ModelMismatch(f"{who}: weights {inr.weights.shape}, base {inr.base[:12]} has ({size},)")
        if not math.isfinite(inr.error):
            raise BadInput(f"{who}: the fit's error is {inr.error}; it diverged")


def check_embeddings(vectors: FloatArray, encoder: EncoderFacts, who: str) -> None:
    """Errors: ModelMismatch when the last axis is not the encoder's dimension; BadInput when not finite."""
    if vectors.shape[-1:] != (encoder.dim,):
        raise ModelMismatch(f"{who}: embedding {vectors.shape}, encoder {encoder.id[:12]} has {encoder.dim}")
    if not np.isfinite(vectors).all():
        raise BadInput(f"{who}: NaN or infinite embedding")


def check_samples(samples: KeptSamples, field: str, who: str) -> None:
    """Errors: BadInput, also for samples of another field than the shape's."""
    points, values = samples.points, samples.values
    if samples.field != field:
        raise BadInput(f"{who}: its field is {field}, so samples of {samples.field} are not of this shape")
    if values.ndim != 1 or not len(values) or points.shape != (len(values), 3):
        raise BadInput(f"{who}: samples {points.shape} and {values.shape} are not (n, 3) points and (n,) values")
    if points.dtype != np.uint16 or values.dtype != np.uint16:
        raise BadInput(f"{who}: samples of {points.dtype} and {values.dtype}; make them with network.packing.pack")


def check_part_labels(labels: PartLabels, who: str) -> None:
    """Errors: BadInput."""
    points, part, names = labels.points, labels.part, labels.names
    if points.shape != (PART_POINTS, 3) or part.shape != (PART_POINTS,):
        raise BadInput(f"{who}: part labels {points.shape} and {part.shape} are not of {PART_POINTS:,} points")
    if points.dtype != np.uint16 or part.dtype != np.uint8:
        raise BadInput(f"{who}: part labels of {points.dtype} and {part.dtype}; they are kept as uint16 and uint8")
    if (
        not names
        or len(set(names)) < len(names)
        or not all(isinstance(n, str) and n == storable(n) != "" for n in names)
    ):
        raise BadInput(f"{who}: names of parts {list(names)!r:.80} are not different words")
    if int(part.max()) >= len(names):
        raise BadInput(f"{who}: a point is of part {int(part.max())}, but only {len(names)} have names")


def check_thumbnail(picture: bytes, who: str) -> None:
    """Errors: BadInput for what is no WebP, or too large for one of very many."""
    if not (isinstance(picture, bytes) and picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"):
        raise BadInput(f"{who}: its thumbnail is not WebP; make it with pictures.webp.to_webp")
    if len(picture) > THUMBNAIL_BYTES:
        raise BadInput(f"{who}: its thumbnail has {len(picture):,} bytes, at most {THUMBNAIL_BYTES:,} are kept")
