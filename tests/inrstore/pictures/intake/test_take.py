"""The object in pictures whose object is known: what is transparent, plain, drawn, busy, masked, boxed, and turned."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image, ImageCms, ImageDraw
from scipy import ndimage

from inrstore.errors import BadInput
from inrstore.pictures.intake import Taken, take
from inrstore.pictures.render import render_mesh
from inrstore.pictures.shading import BACKGROUND

from .hostile import disc, saved

SIDE = 256
MESHES = Path(__file__).parents[4] / "examples" / "meshes"
Y, X = np.mgrid[:SIDE, :SIDE] / SIDE


def chair() -> np.ndarray:
    """(h, w), true where a chair is: a back with a hole, a seat and two legs."""
    made = np.zeros((SIDE, SIDE), bool)
    made[40:130, 80:170] = True
    made[55:100, 100:150] = False
    made[120:150, 70:190] = True
    made[150:230, 75:85] = made[150:230, 175:185] = True
    return made


def before(background: np.ndarray, colour: tuple[int, int, int] = (150, 60, 40)) -> Image.Image:
    smooth = ndimage.gaussian_filter(chair().astype(float), 0.7)[..., None]
    mixed = np.array(colour) * smooth + background.reshape(SIDE, SIDE, -1) * (1 - smooth)
    return Image.fromarray(np.repeat(mixed, 3 // mixed.shape[2], axis=2).clip(0, 255).astype(np.uint8))


def agrees(taken: Taken, truth: np.ndarray) -> float:
    """Share of the union that both cover."""
    found = taken.cover >= 0.5
    return float((found & truth).sum() / (found | truth).sum())


def noise(by: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, by, (SIDE, SIDE))


BACKGROUNDS = {
    "white": np.full((SIDE, SIDE), 255.0),
    "black": np.full((SIDE, SIDE), 8.0),
    "grey gradient": 150 + 70 * Y + 20 * X,
    "vignette": 235 - 90 * ((X - 0.5) ** 2 + (Y - 0.5) ** 2),
    "noise": 190 + noise(5),
    "soft shadow": 240 - 60 * np.exp(-((X - 0.6) ** 2 / 0.05 + (Y - 0.9) ** 2 / 0.004)),
}


@pytest.mark.parametrize("name", BACKGROUNDS)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_plain_backgrounds_are_cut_away_and_seen_through_holes(name: str, kind: str) -> None:
    taken = take(saved(before(BACKGROUNDS[name]), kind))
    assert taken.kind == "cut" and not taken.notes
    assert agrees(taken, chair()) > (0.9 if kind == "PNG" else 0.87)  # a JPEG's edges are two pixels wide
    assert taken.cover[75, 125] < 0.1 and (taken.image[75, 125] > 250).all() and (taken.image[2, 2] > 250).all()
    np.testing.assert_allclose(taken.image[135, 130], (150, 60, 40), atol=12)


def test_an_object_may_touch_the_border() -> None:
    picture = np.full((SIDE, SIDE, 3), 230, np.uint8)
    picture[100:, 60:190] = (30, 90, 160)
    taken = take(saved(Image.fromarray(picture), "PNG"))
    assert taken.kind == "cut" and agrees(taken, (picture[..., 0] == 30)) > 0.97


def test_what_is_transparent_is_not_the_object() -> None:
    opaque = Image.fromarray(chair().astype(np.uint8) * 255)
    picture = Image.new("RGB", (SIDE, SIDE), (255, 255, 255))
    picture.putalpha(opaque)
    taken = take(saved(picture, "PNG"))
    assert taken.kind == "cut" and np.array_equal(taken.cover >= 0.5, chair())
    for mode in ("P", "LA"):
        dark = Image.new("RGB", (SIDE, SIDE), (40, 40, 40))
        dark.putalpha(opaque)
        assert agrees(take(saved(dark.convert(mode), "PNG")), chair()) > 0.99


@pytest.mark.parametrize("mesh", ["chair/thonet.obj", "table/technicalTable1.obj", "toilet/bidet.obj"])
def test_own_pictures_are_cut_without_their_shadow(mesh: str) -> None:
    loaded = trimesh.load(MESHES / mesh, force="mesh")
    picture = render_mesh(loaded.vertices, loaded.faces, 384)
    truth = np.ptp(picture.astype(int), axis=2) > 20  # it is blue, and its shadow is grey
    taken = take(saved(Image.fromarray(picture), "PNG"))
    assert taken.kind == "cut" and agrees(taken, truth) > 0.85
    shadow = ~ndimage.binary_dilation(truth, iterations=6) & (picture.max(2) < 255 * min(BACKGROUND) - 15)
    assert taken.cover[shadow].mean() < 0.1 if shadow.any() else True


def drawing(gap: int, line: float, paper: np.ndarray) -> Image.Image:
    """A house in outline, with a gap."""
    lines = Image.new("L", (SIDE, SIDE), 0)
    ImageDraw.Draw(lines).line([(60, 110), (128, 50), (196, 110), (196, 210), (60, 210), (60, 110)], 255, 3)
    ImageDraw.Draw(lines).rectangle((110, 150, 146, 210), outline=255, width=2)
    ImageDraw.Draw(lines).rectangle((190, 150, 200, 150 + gap), fill=0)
    share = ndimage.gaussian_filter(np.asarray(lines) / 255, 0.6) if gap else np.asarray(lines) / 255
    return Image.fromarray((paper * (1 - share) + line * share).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    "paper, line, gap",
    [
        (np.full((SIDE, SIDE), 255.0), 0, 0),
        (np.full((SIDE, SIDE), 255.0), 20, 6),
        (200 - 70 * X - 30 * Y + noise(3), 40, 4),
        (40 + 10 * X + noise(3), 210, 4),
    ],
    ids=["clean", "with a gap", "uneven grey paper", "chalk on a board"],
)
def test_drawings_are_what_their_lines_enclose(paper: np.ndarray, line: float, gap: int) -> None:
    taken = take(saved(drawing(gap, line, paper), "PNG"))
    truth = np.asarray(Image.new("L", (SIDE, SIDE), 0)).copy()
    house = Image.fromarray(truth)
    ImageDraw.Draw(house).polygon([(60, 110), (128, 50), (196, 110), (196, 210), (60, 210)], fill=255)
    assert taken.kind == "sketch" and not taken.notes
    assert agrees(taken, np.asarray(house) > 0) > 0.95
    grey = taken.image[..., 0]
    assert (grey[5:40] == 255).all() and grey[150, 57:64].min() < 60 and np.median(grey[120:145, 70:100]) == 255


def test_lines_before_nothing_are_a_drawing() -> None:
    share = 255 - np.asarray(drawing(0, 0, np.full((SIDE, SIDE), 255.0)))
    for colour in (0, 255):
        clear = Image.new("L", (SIDE, SIDE), colour)
        clear.putalpha(Image.fromarray(share))
        taken = take(saved(clear, "PNG"))
        assert taken.kind == "sketch" and taken.cover[130, 100] > 0.9 and taken.image[150, 57:64].min() < 60


def busy() -> Image.Image:
    rooms = np.random.default_rng(1).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    back = np.asarray(Image.fromarray(rooms).resize((SIDE, SIDE), Image.Resampling.BICUBIC)).copy()
    back[chair()] = (150, 60, 40)
    return Image.fromarray(back)


def test_busy_backgrounds_are_left_alone_and_said() -> None:
    taken = take(saved(busy(), "PNG"))
    assert taken.kind == "photo" and taken.cover.min() == 1 and "a mask or a box" in taken.notes[0]
    assert np.array_equal(taken.image, np.asarray(busy()))


def test_a_mask_says_what_the_object_is() -> None:
    bright = Image.fromarray(chair().astype(np.uint8) * 255)
    clear = Image.new("RGBA", (SIDE, SIDE), "black")
    clear.putalpha(bright)
    for mask in (bright, clear, bright.resize((600, 600)), bright.convert("1")):
        taken = take(saved(busy(), "PNG"), mask=saved(mask, "PNG"))
        assert taken.kind == "cut" and not taken.notes and agrees(taken, chair()) > 0.97
        assert (taken.image[5, 5] == 255).all()
    part = take(saved(busy(), "PNG"), mask=saved(bright.resize((512, 512)), "PNG"), box=(64, 32, 200, 240))
    assert agrees(part, chair()[32:240, 64:200]) > 0.97
    with pytest.raises(BadInput, match="the mask is 256 x 200 pixels and the picture 256 x 256"):
        take(saved(busy(), "PNG"), mask=saved(Image.new("L", (256, 200), 255), "PNG"))
    with pytest.raises(BadInput, match="nothing in it is bright"):
        take(saved(busy(), "PNG"), mask=saved(Image.new("L", (256, 256), 9), "PNG"))
    with pytest.raises(BadInput, match="the mask is not a picture but text"):
        take(saved(busy(), "PNG"), mask=b"none")


def test_a_box_says_where_the_object_is() -> None:
    whole = busy().resize((512, 512), Image.Resampling.NEAREST)
    whole.paste(before(BACKGROUNDS["white"]), (100, 200))
    taken = take(saved(whole, "PNG"), box=(100, 200, 356, 456))
    assert taken.kind == "cut" and agrees(taken, chair()) > 0.93
    for box in ((-1, 0, 99, 99), (0, 0, 513, 99), (99, 0, 99, 99), (300, 0, 99, 99)):
        with pytest.raises(BadInput, match="is no part of the picture, which is 512 x 512 pixels; give x0,y0,x1,y1"):
            take(saved(whole, "PNG"), box=box)
    with pytest.raises(BadInput, match="15 x 99 pixels are too few"):
        take(saved(whole, "PNG"), box=(0, 0, 15, 99))


@pytest.mark.parametrize("turn", range(1, 9))
def test_pictures_are_turned_as_they_were_held_before_a_box_is_looked_at(turn: int) -> None:
    """Pixels are stored so that the given orientation sets them upright, by EXIF's own table."""
    upright = np.full((300, 200, 3), 255, np.uint8)
    upright[40:80, 30:150] = (200, 30, 30)
    flipped = [None, None, np.fliplr, lambda a: a[::-1, ::-1], np.flipud][turn] if turn < 5 else None
    if turn >= 5:  # rows are columns
        swapped = upright.transpose(1, 0, 2)
        stored = {5: swapped, 6: swapped[::-1], 7: swapped[::-1, ::-1], 8: swapped[:, ::-1]}[turn]
    else:
        stored = flipped(upright) if flipped else upright
    exif = Image.Exif()
    exif[0x0112] = turn
    for kind in ("JPEG", "PNG", "TIFF"):
        content = saved(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif)
        taken = take(content)
        assert taken.cover.shape == (300, 200) and taken.cover[60, 90] > 0.9 and taken.cover[200, 90] < 0.1
        assert take(content, box=(0, 20, 200, 140)).cover.shape == (120, 200)


def test_a_profile_is_used_or_it_is_said_that_it_cannot_be() -> None:
    square = Image.new("RGB", (64, 64), "white")
    square.paste((200, 60, 60), (16, 16, 48, 48))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    taken = take(saved(square, "PNG", icc_profile=srgb))
    assert not taken.notes
    np.testing.assert_allclose(taken.image[32, 32], (200, 60, 60), atol=2)
    at = 128 + 4  # of its table of tags, rows of 12 bytes: red's primary is swapped with blue's
    tags = bytearray(srgb)
    red, blue = (tags.index(name, at) for name in (b"rXYZ", b"bXYZ"))
    tags[red : red + 4], tags[blue : blue + 4] = b"bXYZ", b"rXYZ"
    swapped = take(saved(square, "PNG", icc_profile=bytes(tags)))
    assert not swapped.notes and swapped.image[32, 32, 2] > 150 > swapped.image[32, 32, 0]
    wrong = take(saved(square, "PNG", icc_profile=srgb[:200]), name="a.png")
    assert wrong.notes == ("a.png has a colour profile that cannot be used; its colours are taken as sRGB",)


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", "I;16", "LA", "F", "P"])
def test_a_disc_is_the_same_disc_in_all_modes(mode: str) -> None:
    grey = np.asarray(disc(128, "L"))
    made = {
        "I;16": lambda: Image.fromarray(grey.astype(np.uint16) * 257),
        "F": lambda: Image.fromarray(grey / np.float32(255)),
    }
    picture = made[mode]() if mode in made else disc(128, mode)
    taken = take(saved(picture, "TIFF" if mode in ("F", "CMYK") else "PNG"))
    assert taken.kind == "cut" and agrees(taken, grey < 128) > 0.94
    assert taken.image[64, 64].max() < 60


def test_of_several_pictures_the_first_is_taken_and_said() -> None:
    out = BytesIO()
    disc().save(out, "GIF", save_all=True, append_images=[Image.new("RGB", (64, 64), "red")])
    taken = take(out.getvalue(), name="a.gif")
    assert taken.notes == ("a.gif has several pictures; the first is taken",) and taken.cover[32, 32] > 0.9


def test_a_square_is_the_object_in_the_middle_of_white() -> None:
    picture = np.full((200, 400, 3), 255, np.uint8)
    picture[20:60, 200:360] = (20, 90, 30)
    taken = take(saved(Image.fromarray(picture), "PNG"))
    made = taken.square(100, margin=0.1)
    dark = made[..., 0] < 128
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    assert made.shape == (100, 100, 3) and made.dtype == np.uint8
    assert abs(columns[0] - 10) <= 1 and abs(columns[-1] - 89) <= 1  # 80 wide, between margins of 10
    assert abs(rows[0] - 40) <= 1 and abs(rows[-1] - 59) <= 1  # a quarter of that high, in the middle
    with pytest.raises(BadInput, match="margin"):
        taken.square(100, margin=0.5)


def test_large_pictures_become_small_and_lines_stay() -> None:
    large = Image.new("L", (3000, 2000), 255)
    ImageDraw.Draw(large).rectangle((600, 500, 2400, 1500), outline=0, width=9)
    taken = take(saved(large, "JPEG"))
    assert taken.image.shape == (683, 1024, 3) and taken.kind == "sketch"
    assert taken.cover.mean() == pytest.approx(1800 * 1000 / 6e6, rel=0.03)
