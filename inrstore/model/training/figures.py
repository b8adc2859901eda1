"""How good a trained encoder is, on shapes that it never saw."""

from __future__ import annotations

import torch

from inrstore.metrics import retrieval_metrics

from .codec import Codec, CodecData


@torch.no_grad()
def retrieval_figures(codec: Codec, data: CodecData) -> dict[str, float]:
    """Of shapes with an sdf and a udf network: retrieval by class, and finding the one network by the other."""
    figures: dict[str, float] = {}
    both = (data.row["sdf"] >= 0) & (data.row["udf"] >= 0)
    z = {name: codec.encoder(name, data.fields[name].networks(data.row[name][both])) for name in ("sdf", "udf")}
    known = data.label[both] >= 0
    labels = [str(int(x)) for x in data.label[both][known]]
    for name, rows in z.items():
        if len(set(labels)) == len(labels):  # no class has two of them
            break
        scores = retrieval_metrics(rows[known].numpy(), labels)
        figures |= {f"{name} {k}": round(float(v), 4) for k, v in scores.items() if k in ("hit@1", "map")}
    if both.any():
        nearest = (z["udf"] @ z["sdf"].T).argmax(dim=1)
        figures["udf finds sdf"] = round(float((nearest == torch.arange(len(nearest))).float().mean()), 4)
    figures["held-out shapes"] = int(both.sum())
    return figures
