"""Join trained encoders in one, and put the spectrum of the surface beside it: how the general encoder is made.

    python examples/join_encoders.py STORE OUT MODEL=SHARE MODEL=SHARE [--dim 256] [--spectrum 0.2]

The networks of STORE say which directions of the joined embeddings matter; their labels do not count. For the packaged
bases STORE is what `training_set.py` makes. OUT is a model with the base of the first MODEL, without a decoder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from inrstore.model import EncoderPart, Encoding, Model, load_model
from inrstore.model.encoders.joined import joined
from inrstore.model.encoders.spectral import SpectralSettings, with_spectrum, without_spectrum
from inrstore.model.training.networks import Networks
from inrstore.store import open_store


def main() -> None:
    parser = argparse.ArgumentParser(description="Join trained encoders in one.")
    parser.add_argument("store", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("members", nargs="+", metavar="MODEL=SHARE")
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--spectrum", type=float, default=0.2, help="its share; 0 for none")
    options = parser.parse_args()
    models, shares = [], []
    for text in options.members:
        name, _, share = text.rpartition("=")
        models.append(load_model(name))
        shares.append(float(share))
    networks, base = Networks.of(open_store(options.store)), models[0].base
    parts = [learned(model) for model in models]
    rows = [embeddings(networks, part) for part in parts]
    part = joined(options.out.name, base, list(zip(parts, shares, strict=True)), rows, options.dim)
    if options.spectrum:
        part = with_spectrum(part, base, SpectralSettings().with_share(options.spectrum))
    Model(options.out.name, base, part).save(options.out)
    print(f"{options.out}: encoder {part.id[:12]}, {part.dim} numbers")


def learned(model: Model) -> EncoderPart:
    if model.encoder is None:
        raise SystemExit(f"{model.name} has no encoder")
    return without_spectrum(model.encoder)


def embeddings(networks: Networks, part: EncoderPart) -> np.ndarray:
    encoding = Encoding(networks.base, part)
    return np.concatenate([encoding.encode(field, weights.numpy()) for _, field, weights in networks.blocks()])


if __name__ == "__main__":
    main()
