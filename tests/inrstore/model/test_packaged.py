"""The models that come with the package: what they are, and a small fixed retrieval that must not fall.

`packaged_networks.npz` has, of the profiles fast and default, the stored changes from the base of four networks of each
class of the example meshes. Networks outlive encoders, so it serves as long as these bases are packaged.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from inrstore.metrics import retrieval_metrics
from inrstore.model import PACKAGED, Model, load_model
from inrstore.network.fields import FIELDS
from tests.shapes import REPO

NETWORKS = REPO / "tests" / "data" / "packaged_networks.npz"
BASES = {"fast": "f7c01590e9d4", "default": "05412317d752", "fidelity": "80a515f17488"}
LEAST = {"fast": (0.576, 0.535), "default": (0.519, 0.545)}
"""hit@1 and mAP: the encoder has .5962 and .5417 of fast networks, .5385 and .5505 of default ones; less one network,
since processors round differently. That before had .5577 and .5250, .5577 and .5296. None may be shipped that is below
both."""


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("default")


def test_every_packaged_model_is_whole() -> None:
    for path in PACKAGED.glob("*/model.json"):
        assert json.loads(path.read_text())["format"] in (2, 4)
        packaged = Model.load(path.parent)
        assert packaged.name == path.parent.name and packaged.fields == FIELDS and packaged.card


@pytest.mark.parametrize("profile", BASES)
def test_bases_are_those_of_stores_of_before(profile: str) -> None:
    """Another one would make every store fit its shapes again: that takes a sentence in the CHANGELOG."""
    assert load_model(profile).base.id.startswith(BASES[profile])


def test_the_default_model_is_whole(model: Model) -> None:
    assert model.encoder is not None and model.decoder is not None
    assert all(model.encoder.reads(load_model(profile).base) for profile in BASES)


@pytest.mark.parametrize("profile", ["fast", "default"])
def test_retrieval_by_the_default_encoder_does_not_fall(model: Model, profile: str) -> None:
    with np.load(NETWORKS) as data:
        own = data["profile"] == profile
        change, field, label = data["change"][own].astype(np.float32), data["field"][own], data["label"][own].tolist()
    base, rows = load_model(profile).base, np.empty((len(label), model.embedding_dim or 0), np.float32)
    for name in np.unique(field):
        mine = field == name
        rows[mine] = model.fitted_as(profile).encode(str(name), base.start(str(name)) + change[mine])
    found = retrieval_metrics(rows, label)
    hits, precision = LEAST[profile]
    assert found["hit@1"] >= hits and found["map"] >= precision, found
