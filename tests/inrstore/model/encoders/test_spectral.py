"""The spectral encoder: what it adds says the same however a shape lies and bends, and a query may weigh it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from inrstore.errors import BadInput
from inrstore.model import EncoderPart, Encoding, load_model
from inrstore.model.encoders import Loose, OnDevice, Turning
from inrstore.model.encoders.single import Lattice
from inrstore.model.encoders.spectral import SpectralEncoder, SpectralSettings, _volume, with_spectrum, without_spectrum
from inrstore.network.fields import FieldSamples, distance
from inrstore.network.fitting import fit
from inrstore.network.siren import forward
from inrstore.network.turning import turned
from tests.shapes import make_model, packaged_networks

MODEL = load_model("default")
SHARE = 0.2
LENGTH, THICK = 0.8, 0.13


def inner() -> EncoderPart:
    part = load_model("default").encoder
    assert part is not None
    return without_spectrum(part)


@pytest.fixture(scope="module")
def encoding() -> Encoding:
    return Encoding(MODEL.base, with_spectrum(inner(), MODEL.base, SpectralSettings().with_share(SHARE)))


@pytest.fixture(scope="module")
def networks() -> np.ndarray:
    return packaged_networks(MODEL)[:6]


def sections(encoding: Encoding, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    at = inner().dim
    assert rows.shape[1] == encoding.part.dim > at
    return rows[:, :at], rows[:, at:]


def test_it_lies_beside_the_other_encoders_embedding_with_its_share(encoding: Encoding, networks: np.ndarray) -> None:
    rows = encoding.encode("sdf", networks)
    own, sound = sections(encoding, rows)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose((sound**2).sum(axis=1), SHARE, rtol=1e-4)  # both skins of all have a spectrum
    plain = Encoding(MODEL.base, inner()).encode("sdf", networks)
    np.testing.assert_allclose(own, plain * np.sqrt(1 - SHARE), atol=1e-6)
    assert np.array_equal(encoding.encode("sdf", networks[2:3])[0], rows[2])  # no other changes a byte of it
    again = Encoding(MODEL.base, EncoderPart.of("again", encoding.encoder, MODEL.base))
    assert again.part == encoding.part and np.array_equal(again.encode("sdf", networks), rows)
    assert np.array_equal(Encoding(MODEL.base, without_spectrum(encoding.part)).encode("sdf", networks), plain)
    assert without_spectrum(inner()) == inner()


def test_networks_that_lie_otherwise_sound_the_same(encoding: Encoding, networks: np.ndarray) -> None:
    turns = np.stack([np.eye(3), np.diag([-1, 1, 1]), Rotation.random(random_state=1).as_matrix()]).astype(np.float32)
    assert isinstance(encoding.encoder, Turning)
    heard = []
    for network in networks:
        many = encoding.encode_turned("sdf", network, turns)
        own, sound = sections(encoding, many)
        np.testing.assert_allclose(sound, sound[:1].repeat(3, axis=0), atol=1e-6)
        anew = encoding.encode("sdf", turned(MODEL.siren, network, turns))  # each read, and heard, as it lies
        np.testing.assert_allclose(sections(encoding, anew)[0], own, atol=2e-3)
        heard.append(sections(encoding, anew)[1][1:] @ sound[0] / SHARE)
    assert np.mean(heard) > 0.6  # thin parts break up otherwise as they lie otherwise on the lattice
    sound = sections(encoding, encoding.encode("sdf", networks))[1]
    assert np.median((sound @ sound.T)[~np.eye(len(sound), dtype=bool)]) < 0.4 * SHARE  # and others do not


def test_near_the_surface_it_hears_what_the_network_says_between_the_probes(networks: np.ndarray) -> None:
    weights = torch.from_numpy(networks[:1])
    raw = Lattice(MODEL.siren, 24).ask(weights[0]).view(24, 24, 24)
    volume = _volume(MODEL.siren, "sdf", weights[0], raw)
    axis = torch.linspace(-1, 1, 49)
    said = forward(MODEL.siren, weights, torch.cartesian_prod(axis, axis, axis)[None])[0].numpy()
    true = -distance("sdf", said).reshape(49, 49, 49)
    inner_part = (slice(1, -1),) * 3
    near = np.abs(true[inner_part]) < 0.02
    assert near.sum() > 1_000
    assert np.abs(volume[inner_part] - true[inner_part])[near].max() < 1e-4
    assert (volume[0] < 0).all() and (volume[:, :, -1] < 0).all()


def bar(points: np.ndarray, bend: float) -> np.ndarray:
    """Signed distance of a rod of length 1.6, bent about Z into an arc of so many radians; a straight one for 0."""
    x, y, z = points.T
    if bend:
        radius = 2 * LENGTH / bend
        angle = np.clip(np.arctan2(x, y + radius), -bend / 2, bend / 2)
        along = np.stack([radius * np.sin(angle), radius * np.cos(angle) - radius], axis=1)
    else:
        along = np.stack([np.clip(x, -LENGTH, LENGTH), np.zeros_like(y)], axis=1)
    return np.sqrt(((points[:, :2] - along) ** 2).sum(axis=1) + z**2) - THICK


def fitted(bends: list[float]) -> np.ndarray:
    rng, samples = np.random.default_rng(0), []
    for bend in bends:
        points = np.concatenate([rng.uniform(-1, 1, (60_000, 3)), rng.normal(size=(4_000, 3)) * 0.3])
        near = np.abs(bar(points, bend)) < 0.08
        points = np.concatenate([points[near][:8_000], points[~near][:4_000]])
        samples.append(FieldSamples("sdf", points.astype(np.float32), bar(points, bend).astype(np.float32)))
    count = min(len(one.points) for one in samples)
    samples = [FieldSamples("sdf", one.points[:count], one.values[:count]) for one in samples]
    return fit(samples, torch.from_numpy(MODEL.base.start("sdf")), MODEL.recipe).weights


def test_a_bent_rod_sounds_like_a_straight_one(encoding: Encoding, networks: np.ndarray) -> None:
    rows = encoding.encode("sdf", np.concatenate([fitted([0.0, 2.0]), networks]))
    (own, sound) = sections(encoding, rows)
    assert sound[0] @ sound[1] > 0.6 * SHARE and (sound[2:] @ sound[0]).max() < 0.4 * SHARE
    loose = encoding.loosened(rows)
    np.testing.assert_allclose((loose * rows).sum(axis=1), 1, rtol=1e-4)
    assert (loose[0] @ rows[1:].T).argmax() == 0
    assert isinstance(encoding.encoder, Loose)
    sizes, half = SpectralSettings(), sound.shape[1] // 2
    each = [sound[0, part] @ sound[1, part] for part in (slice(half), slice(half, None))]
    expected = (1 - encoding.looseness) * own[0] @ own[1] / (1 - SHARE)
    expected += sum(counts / share * part for counts, share, part in zip(sizes.loose, sizes.shares, each, strict=True))
    assert loose[0] @ rows[1] == pytest.approx(expected, abs=1e-5) and encoding.looseness == pytest.approx(0.75)


@pytest.mark.parametrize("field", ["sdf", "udf", "occ"])
def test_a_network_without_a_surface_is_silent(encoding: Encoding, field: str) -> None:
    flat = np.zeros((1, MODEL.siren.size), np.float32)
    flat[0, -1] = -20  # the last layer's shift: far outside everywhere
    row = encoding.encode(field, flat)
    own, sound = sections(encoding, row)
    assert not sound.any() and np.linalg.norm(own) == pytest.approx(1, rel=1e-5)
    np.testing.assert_allclose(encoding.loosened(row), row, atol=1e-6)


def test_many_at_once_it_says_what_it_says_of_each(encoding: Encoding, networks: np.ndarray) -> None:
    encoder = encoding.encoder
    assert isinstance(encoder, OnDevice) and isinstance(encoder, SpectralEncoder)
    many, each = encoder.encode_on("cpu", "sdf", networks), encoder.encode("sdf", networks)
    np.testing.assert_allclose(sections(encoding, many)[0], sections(encoding, each)[0], atol=2e-3)
    assert (many * each).sum(axis=1).min() > 0.97  # where two edges are as cheap, another one may be collapsed
    assert encoder.encode_on("cpu", "sdf", networks[:0]).shape == (0, encoder.dim)


def test_what_cannot_be_heard_is_refused() -> None:
    with pytest.raises(BadInput, match="that ask"):
        with_spectrum(with_spectrum(inner(), MODEL.base), MODEL.base)
    for wrong in ({"loose": (0.5, 0.5)}, {"shares": (0.2, 0.0)}, {"waves": 0}, {"skins": ()}, {"width": 0.0}):
        with pytest.raises(BadInput, match="a spectrum"):
            SpectralSettings(**wrong)
    with pytest.raises(BadInput, match="below 1 in all"):
        SpectralSettings().with_share(1.5)
    other = make_model().encoder
    assert other is not None and Encoding(make_model().base, other).looseness == 0
    rows = np.eye(3, 8, dtype=np.float32)
    assert Encoding(make_model().base, other).loosened(rows) is rows
