"""The models that come with the package: what they are, and a small fixed retrieval that must not fall.

`packaged_networks.npz` has the stored changes from the default base of four networks of each class of the example
meshes. Networks outlive encoders, so it serves as long as that base is packaged.
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
BASE = "f7c01590e9d4"
HIT_AT_1, MAP = 0.538, 0.52
"""The encoder of version 0.1.0 has .5577 and .5250; less one network, since processors round differently. A new encoder
raises them; none may be shipped that is below."""


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("default")


def test_every_packaged_model_is_whole_and_of_the_present_format() -> None:
    for path in PACKAGED.glob("*/model.json"):
        assert json.loads(path.read_text())["format"] == 2
        packaged = Model.load(path.parent)
        assert packaged.name == path.parent.name and packaged.fields == FIELDS and packaged.card


def test_the_default_base_is_that_of_stores_of_before(model: Model) -> None:
    """Another one would make every store fit its shapes again: that takes a sentence in the CHANGELOG."""
    assert model.base.id.startswith(BASE)
    assert model.encoder is not None and model.decoder is not None


def test_retrieval_by_the_default_encoder_does_not_fall(model: Model) -> None:
    with np.load(NETWORKS) as data:
        change, field, label = data["change"].astype(np.float32), data["field"], data["label"].tolist()
    rows = np.empty((len(label), model.embedding_dim or 0), np.float32)
    for name in np.unique(field):
        mine = field == name
        rows[mine] = model.encode(str(name), model.base.start(str(name)) + change[mine])
    found = retrieval_metrics(rows, label)
    assert found["hit@1"] >= HIT_AT_1 and found["map"] >= MAP, found
