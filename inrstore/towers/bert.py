"""BERT as a tower: torch's own encoder layers with the weights of a folder of sentence-transformers.

sentence-transformers computes the same, to rounding, and takes four seconds to be imported, which is longer than all
else that a search by words does.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from inrstore.errors import CorruptShard, MissingDependency
from inrstore.records import FloatArray

EXTRA = "words are compared by meaning with the extra text: pip install 'inrstore[text]'"
BATCH = 64
LONGEST = 2_000
"""Characters of a text that are read."""
LAYER = {
    "self_attn.out_proj": "attention.output.dense",
    "norm1": "attention.output.LayerNorm",
    "linear1": "intermediate.dense",
    "linear2": "output.dense",
    "norm2": "output.LayerNorm",
}
"""What torch calls the parts of a layer, and what BERT does."""


class BertTower:
    """See `TextTower`: the mean over the tokens of a text (Reimers and Gurevych, EMNLP 2019), at length one."""

    def __init__(self, name: str, id: str, folder: Path) -> None:
        self.name, self.id, self._folder = name, id, folder
        self._guard = threading.Lock()

    @property
    def dim(self) -> int:
        return int(self._config["hidden_size"])

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See `TextTower.encode`; texts of like length together, as a batch is as long as its longest."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        out = np.empty((len(texts), self.dim), np.float32)
        with self._guard:
            for start in range(0, len(order), BATCH):
                some = order[start : start + BATCH]
                out[some] = self._batch([texts[place][:LONGEST] for place in some])
        return out

    def _batch(self, texts: list[str]) -> FloatArray:
        import torch

        read = self._tokenizer.encode_batch(texts)
        ids = torch.tensor([one.ids for one in read])  # (n, t)
        there = torch.tensor([one.attention_mask for one in read], dtype=torch.bool)
        with torch.inference_mode():
            rows = self._network(ids, there)
        return np.asarray(rows.numpy(), np.float32)

    @cached_property
    def _config(self) -> Mapping[str, Any]:
        return dict(json.loads((self._folder / "config.json").read_text("utf-8")))

    @cached_property
    def _tokenizer(self) -> Any:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingDependency(EXTRA) from error
        made = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        settings = json.loads((self._folder / "sentence_bert_config.json").read_text("utf-8"))
        made.enable_truncation(int(settings["max_seq_length"]))
        made.enable_padding()
        return made

    @cached_property
    def _network(self) -> Any:
        from safetensors.torch import load_file

        try:
            return _network(self._config, load_file(self._folder / "model.safetensors"))
        except (KeyError, RuntimeError, ValueError) as error:
            raise CorruptShard(f"{self._folder} holds no BERT: {error}") from error


def _network(config: Mapping[str, Any], tensors: Mapping[str, Any]) -> Any:
    import torch
    from torch import nn

    wide, layers, eps = int(config["hidden_size"]), int(config["num_hidden_layers"]), float(config["layer_norm_eps"])
    layer = nn.TransformerEncoderLayer(
        wide, int(config["num_attention_heads"]), int(config["intermediate_size"]), 0.0, "gelu", eps, batch_first=True
    )
    body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
    body.load_state_dict(_renamed(tensors, layers))
    norm = nn.LayerNorm(wide, eps=eps)
    norm.load_state_dict({part: tensors[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias")})
    tables = {name: tensors[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")}

    def forward(ids: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        begun = tables["word"][ids] + tables["position"][: ids.shape[1]] + tables["token_type"][0]  # (n, t, wide)
        done = body(norm(begun), src_key_padding_mask=~there)
        share = there[..., None].to(done.dtype)
        return nn.functional.normalize((done * share).sum(1) / share.sum(1), dim=1)

    body.eval()
    return forward


def _renamed(tensors: Mapping[str, Any], layers: int) -> dict[str, Any]:
    """BERT's tensors by the names of torch's encoder, in which queries, keys and values are one matrix."""
    import torch

    made = {}
    for number in range(layers):
        theirs, ours = f"encoder.layer.{number}", f"layers.{number}"
        for part in ("weight", "bias"):
            three = [tensors[f"{theirs}.attention.self.{one}.{part}"] for one in ("query", "key", "value")]
            made[f"{ours}.self_attn.in_proj_{part}"] = torch.cat(three)
            made |= {f"{ours}.{own}.{part}": tensors[f"{theirs}.{name}.{part}"] for own, name in LAYER.items()}
    return made
