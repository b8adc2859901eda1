"""Whatever a file holds, there is a result or one sentence why not, soon, and nothing is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inrstore.errors import BadInput
from inrstore.pictures.intake import take
from inrstore.pictures.intake.reading import LARGEST

from .hostile import disc, hostile, saved

SECONDS = 5
MEGABYTES = 250
"""Above what the interpreter and its libraries take; all pixels of the picture would be 300 or 400."""


def test_there_is_a_reason_or_a_result_for_each(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    refused, taken = 0, 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, content in hostile():
            begun = time.perf_counter()
            try:
                found = take(content, name=name)
            except BadInput as error:
                said = str(error)
                assert said.startswith((name, "the picture")) and "\n" not in said and len(said) < 300, (name, said)
                refused += 1
            else:
                assert found.image.dtype == np.uint8 and found.cover.dtype == np.float32
                assert found.image.shape == (*found.cover.shape, 3) and max(found.image.shape) <= 1024
                assert found.cover.min() >= 0 and found.cover.max() <= 1 and found.cover.max() >= 0.5
                assert found.square(64).shape == (64, 64, 3)
                taken += 1
            assert time.perf_counter() - begun < SECONDS, name
    assert refused + taken >= 150 and min(refused, taken) > 50
    assert capfd.readouterr() == ("", "") and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name, said",
    [
        ("phone.heic", "is a HEIC picture, which is not read; export it as PNG or JPEG"),
        ("drawing.svg", "is a drawing in SVG, not a picture of pixels; export it as PNG or JPEG"),
        ("cube.stl", r"is not a picture but a mesh \(STL\)"),
        ("page.png", "is not a picture but a web page"),
        ("70%-of.jpeg", "is damaged: it is truncated"),
        ("bomb-11000.png", "is 11000 x 11000 pixels, more than 120,000,000 in all"),
        ("bomb-65535.png", "more than 120,000,000 pixels"),
        ("nan.tif", "has pixels that are no numbers"),
        ("0x64.png", "is damaged: what it says of itself makes no picture"),
        ("15x64.png", "is 15 x 64 pixels; it should be at least 16 x 16"),
        ("white.png", "is of one colour"),
        ("clear.png", "is transparent all over"),
        ("empty.png", "is empty"),
    ],
)
def test_the_reason_is_said(name: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        take(dict(hostile())[name], name=name)


def test_files_that_are_none_or_too_large_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nosuch.png cannot be read: No such file"):
        take(tmp_path / "nosuch.png")
    with pytest.raises(BadInput, match="is not a file"):
        take(tmp_path)
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(BadInput, match="is not a file"):
        take(tmp_path / "pipe.png")
    with (tmp_path / "large.png").open("wb") as file:
        file.write(saved(disc(), "PNG"))
        file.truncate(LARGEST + 1)
    with pytest.raises(BadInput, match="large.png has 64 MB, more than 64 MB"):
        take(tmp_path / "large.png")
    (tmp_path / "good.png").write_bytes(saved(disc(), "PNG"))
    assert take(tmp_path / "good.png").kind == "cut"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux does")
def test_a_hundred_megapixels_take_little_memory(tmp_path: Path) -> None:
    large = Image.new("L", (11_000, 9_500), 250)
    ImageDraw.Draw(large).ellipse((3000, 2000, 8000, 7000), fill=60)
    large.convert("RGB").save(tmp_path / "large.jpg", quality=40)
    del large
    script = (
        "import sys; from pathlib import Path; from inrstore.pictures.intake import take\n"
        "peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]) / 1024\n"
        "take(Path(sys.argv[1])); before = peak(); taken = take(Path(sys.argv[2]))\n"
        "print(peak() - before, taken.kind, *taken.image.shape, taken.cover.mean())"
    )
    (tmp_path / "small.png").write_bytes(saved(disc(), "PNG"))
    command = [sys.executable, "-c", script, str(tmp_path / "small.png"), str(tmp_path / "large.jpg")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    megabytes, kind, height, width, _, share = done.stdout.split()
    assert 0 < float(megabytes) < MEGABYTES and kind == "cut" and abs(int(height) - 884) <= 1 and width == "1024"
    assert float(share) == pytest.approx(np.pi / 4 * 5000**2 / (11_000 * 9_500), rel=0.02)
