"""Training of encoder and decoder, on networks that are made up: a linear code of a ball's radius."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from inrstore.model.decoder import DecoderSettings
from inrstore.model.encoders.lattice import LatticeSettings
from inrstore.model.training.codec import Codec, CodecData, CodecRecipe, FieldRows
from inrstore.network.siren import Siren

SIREN = Siren(hidden=4, layers=2)
RECIPE = CodecRecipe(steps=12, batch=6, points=24, learning_rate=3e-3)
DROPOUT = 0.1


def synthetic(count: int = 10) -> CodecData:
    """Balls of growing radius; every one has an sdf, all but the last a udf."""
    generator = torch.Generator().manual_seed(0)
    radius = torch.linspace(0.3, 0.8, count)
    fields = {}
    for name, size in (("sdf", count), ("udf", count - 1)):
        code = torch.randn(2, SIREN.size, generator=generator)
        change = code[0] + (radius[:size, None] - 0.5) * 5 * code[1]
        points = torch.rand(size, 64, 3, generator=generator) * 1.6 - 0.8
        signed = points.norm(dim=2) - radius[:size, None]
        values = signed if name == "sdf" else signed.abs()
        fields[name] = FieldRows(change.half(), points.half(), values.half(), torch.zeros(SIREN.size))
    shape = torch.arange(count)
    row = {"sdf": shape.clone(), "udf": torch.where(shape < count - 1, shape, -1)}
    return CodecData(fields, shape, (radius > 0.55).long(), row)


def codec(data: CodecData, recipe: CodecRecipe = RECIPE) -> Codec:
    encoder = LatticeSettings(probes=8, width=16, dim=8, outline=3, dropout=DROPOUT)
    return Codec(SIREN, data, recipe, encoder, DecoderSettings(width=16, frequencies=1, dim=8))


def weights(trained: Codec) -> Tensor:
    states = (trained.encoder.state_dict(), trained.decoder.state_dict())
    return torch.cat([v.flatten() for state in states for v in state.values()])


def test_a_resumed_training_ends_in_the_weights_of_an_uninterrupted_one(tmp_path: Path) -> None:
    data, path = synthetic(), tmp_path / "codec.pt"
    whole = codec(data)
    whole.train(lambda step, _: whole.save(path) if step == 5 else None)
    resumed = codec(data)
    resumed.resume(path)
    assert resumed.step == 5
    heard: list[int] = []
    resumed.train(lambda step, _: heard.append(step))
    assert heard == list(range(6, 13))
    assert torch.equal(weights(resumed), weights(whole))
    assert not list(tmp_path.glob("*.partial"))


def test_equal_seeds_give_equal_weights_and_others_do_not() -> None:
    data, found = synthetic(), []
    for seed in (1, 1, 2):
        trained = codec(data, replace(RECIPE, steps=3, seed=seed))
        trained.train()
        found.append(weights(trained))
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])


def test_training_lowers_both_losses_and_the_code_tells_shapes_apart() -> None:
    data = synthetic()
    heard: list[dict[str, float]] = []
    trained = codec(data, replace(RECIPE, steps=150))
    trained.train(lambda _, losses: heard.append(losses))
    for name in ("decode", "contrast"):
        first, last = (sum(h[name] for h in part) / 10 for part in (heard[:10], heard[-10:]))
        assert last < 0.9 * first, name
    assert not trained.encoder.training
    with torch.no_grad():
        z = {name: trained.encoder(name, data.fields[name].change[:9].float()) for name in ("sdf", "udf")}
    nearest = (z["udf"] @ z["sdf"].T).argmax(dim=1)
    assert (nearest - torch.arange(9)).abs().float().mean() < 1.5  # chance is three


def test_held_out_rows_are_not_touched() -> None:
    data = synthetic()
    held = torch.arange(10) == 4
    for rows in data.fields.values():
        for tensor in (rows.change, rows.points, rows.values):
            tensor[4] = math.nan
    kept = data.subset(~held)
    assert 4 not in kept.shape and len(kept.shape) == len(kept.label) == len(kept.row["udf"]) == 9
    trained = codec(kept)
    trained.train()
    assert torch.isfinite(weights(trained)).all()


def test_each_variant_is_read_through_two_of_its_fields_where_it_has_them() -> None:
    data = synthetic()
    trained, chosen = codec(data), torch.arange(10)
    reads: list[dict[int, tuple[str, int]]] = [{}, {}]
    for rank in range(2):
        for name, places, rows in trained._reads(chosen, rank, torch.Generator().manual_seed(3)):
            for place, row in zip(places.tolist(), rows.tolist(), strict=True):
                assert place not in reads[rank]
                reads[rank][place] = (name, row)
    assert set(reads[0]) == set(reads[1]) == set(range(10))
    assert all({reads[0][i], reads[1][i]} == {("sdf", i), ("udf", i)} for i in range(9))
    assert reads[0][9] == reads[1][9] == ("sdf", 9)
    assert {name for name, _ in reads[0].values()} == {"sdf", "udf"}
