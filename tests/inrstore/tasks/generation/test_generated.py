"""What a generator makes, as surfaces: balls here, each beside the nearest shape that was learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from inrstore.errors import BadInput, EmptySurface, ModelMismatch
from inrstore.pictures.stored import generated_sheet
from inrstore.store import Store
from inrstore.tasks import Codes, Generator, GeneratorRecipe, Sample, generate, train_generator
from inrstore.tasks.generation.generated import POINTS, code_clouds, references
from tests.codes import DIM, RADIUS, two_kinds
from tests.shapes import digest, key_of

QUICK = GeneratorRecipe(steps=20, width=16, layers=1)


@pytest.fixture
def codes(store: Store, tiny_model: Any) -> Codes:
    return two_kinds(store, tiny_model)


@pytest.fixture
def generator(codes: Codes) -> Generator:
    return Generator(train_generator(codes, "label", QUICK, where=["split=train"]).head)


def test_each_is_a_surface_beside_the_nearest_that_was_learned_from(codes: Codes, generator: Generator) -> None:
    made = generate(codes, generator, 5, label="table", seed=2, resolution=32)
    assert made.empty == 0 and [one.label for one in made.samples] == ["table"] * 5
    np.testing.assert_allclose([one.code for one in made.samples], generator.sample(["table"] * 5, seed=2), atol=1e-6)
    learned, rows = codes.stored(["split=train"])
    for one in made.samples:
        mesh = trimesh.Trimesh(one.vertices, one.faces)
        assert mesh.is_watertight and mesh.extents == pytest.approx([2 * RADIUS] * 3, abs=0.03)
        apart = np.linalg.norm(rows - one.code, axis=1)
        assert one.nearest is not None and one.nearest.key == learned[apart.argmin()]
        assert one.distance == pytest.approx(apart.min(), abs=1e-4)


def test_what_is_written(codes: Codes, generator: Generator, tmp_path: Path) -> None:
    made = generate(codes, generator, 2, resolution=16)
    paths = made.write(tmp_path / "deep" / "new", "ply")
    assert [path.name for path in paths] == ["sample-0-000.ply", "sample-0-001.ply"]
    np.testing.assert_allclose(trimesh.load(paths[1], process=False).vertices, made.samples[1].vertices, atol=1e-5)
    with pytest.raises(BadInput, match="format is 'step'; a mesh is written as one of obj"):
        made.write(tmp_path, "step")


def test_a_sheet_shows_pairs(codes: Codes, generator: Generator, tmp_path: Path) -> None:
    samples = generate(codes, generator, 5, resolution=16).samples
    widths = {}
    for count in (1, 5):
        with Image.open(generated_sheet(codes.store, samples[:count], tmp_path / "sheet.png")) as picture:
            widths[count] = picture.size
    assert widths[5][0] > 3 * widths[1][0] and widths[5][1] > 1.8 * widths[1][1]  # four pairs, and one below
    gone = Sample(samples[0].code, None, samples[0].vertices, samples[0].faces, None, None)
    assert generated_sheet(codes.store, [gone], tmp_path / "gone.png").stat().st_size > 1_000


def test_shapes_that_are_gone_are_none_of_the_nearest(codes: Codes, generator: Generator) -> None:
    first = generate(codes, generator, 1, resolution=16).samples[0]
    assert first.nearest is not None
    codes.store.remove([first.nearest.id])
    second = generate(codes, generator, 1, resolution=16).samples[0].nearest
    assert second is not None and second.id != first.nearest.id
    codes.store.remove([shape.id for shape in codes.store])
    assert generate(codes, generator, 1, resolution=16).samples[0].nearest is None


def test_references_are_what_was_not_learned_from(codes: Codes, generator: Generator) -> None:
    store = codes.store
    test = [key_of(store, number) for number in range(0, 40, 3)]
    assert references(store, generator).tolist() == references(store, generator, split="split").tolist() == test
    store.tag([digest(3)], {"generated": "yes"})
    assert references(store, generator, split="split").tolist() == [key for key in test if key != test[1]]
    chairs = references(store, generator, where=["label=chair"]).tolist()
    assert chairs == [key_of(store, number) for number in range(9, 40, 6)]
    with pytest.raises(BadInput, match="0 of 26 such shapes were not learned from, and two are needed"):
        references(store, generator, where=["split=train"])


def test_codes_as_clouds(codes: Codes) -> None:
    (cloud,) = code_clouds(codes, np.eye(DIM, dtype=np.float32)[:1], "sdf")
    assert cloud.shape == (POINTS, 3)
    np.testing.assert_allclose(cloud.max(axis=0), RADIUS, atol=0.03)


def test_codes_without_a_surface_are_counted(
    codes: Codes, generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, asked = Codes.surface, iter(range(6))

    def surface(self: Codes, code: Any, name: str, resolution: int) -> Any:
        if next(asked) < 4:
            raise EmptySurface("nothing")
        return whole(self, code, name, resolution)

    monkeypatch.setattr(Codes, "surface", surface)
    with pytest.raises(EmptySurface, match="none of 3 codes has a surface; train the generator longer"):
        generate(codes, generator, 3, resolution=16)
    made = generate(codes, generator, 3, resolution=16)
    assert made.empty == 1 and len(made.samples) == 2
    np.testing.assert_allclose(made.samples[0].code, generator.sample(generator.draw(3))[1], atol=1e-6)


def test_codes_of_another_encoder_are_refused(codes: Codes, generator: Generator) -> None:
    other = Generator(replace(generator.head, settings={**generator.head.settings, "encoder": "f" * 64}))
    with pytest.raises(ModelMismatch, match="makes codes of the encoder ffffffffffff, these are of"):
        generate(codes, other, 1)
