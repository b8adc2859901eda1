"""Files that mean ill, or are broken: made from a seed, of every ending that is read."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator

import numpy as np

from .files import dae, gltf, good, npy, pcd, ply, stl, threemf, triangles, usda, usdc, zipped

Sent = tuple[str, bytes]
NAMES = (
    *("../../../../etc/cron.d/x.obj", "..\\..\\x.obj", "/etc/passwd.obj", "a\0.obj", "a.obj\0.exe", "a\nb: c.obj"),
    *("\x1b[2J\x1b[31mred.obj", "a" * 5_000 + ".obj", "." * 300 + "obj", "\u202egnp.obj", "a." + "o" * 900),
    *("<script>alert(1)</script>.obj", "%2e%2e%2fx.obj", "$(id).obj", "`id`.obj", "x;rm -rf.obj", "CON.obj", ".."),
    *("a.obj" * 200, ".obj", ".", "\u00e4\u6f22\U0001f600.obj", "file.obj", "%s%n{0}.obj", '"; filename="b.stl'),
)
LOLS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "lol"}">' for i in range(10))
SECRET = "file:///etc/passwd"


def cut(seed: int) -> Iterator[Sent]:
    """True files that end too early, at four places each."""
    rng = np.random.default_rng(seed)
    for ending, data in good().items():
        for place in (1, 0.12, 0.55, 0.97):
            end = 1 if place == 1 else int(len(data) * (place + rng.random() * 0.02))
            yield f"cut{place}.{ending}", data[:end]


def flipped(seed: int) -> Iterator[Sent]:
    """True files of which a few bits near the start are turned over."""
    rng = np.random.default_rng(seed)
    for ending, data in good().items():
        for number in range(2):
            changed = bytearray(data)
            for place in rng.integers(0, min(len(data), 160), 6):
                changed[place] ^= 1 << int(rng.integers(8))
            yield f"flipped{number}.{ending}", bytes(changed)
    stage = bytearray(usdc())
    for number in range(8 if stage else 0):
        changed = stage.copy()
        for place in rng.integers(0, len(stage), 8):
            changed[place] ^= 1 << int(rng.integers(8))
        yield f"flipped{number}.usdc", bytes(changed)
        yield f"cut{number}.usdc", bytes(stage[: int(len(stage) * number / 8) + 1])


def noise(seed: int) -> Iterator[Sent]:
    """Nothing at all, one byte, other endings' files, chance, and what is packed once more."""
    rng = np.random.default_rng(seed)
    files = good()
    endings = list(files)
    for place, ending in enumerate(endings):
        yield f"empty.{ending}", b""
        yield f"noise.{ending}", rng.bytes(2_000)
        yield f"other.{ending}", files[endings[(place + 5) % len(endings)]]
        yield f"packed.{ending}", gzip.compress(files[ending])
    for ending in ("usdc", "usdz", "zae", "3dxml", "xaml", "step", "iges", "exe", "fbx", "", "obj.exe"):
        yield f"noise.{ending}", rng.bytes(2_000)


def numbers() -> Iterator[Sent]:
    """Coordinates that are none, and those that are too large, too small or all the same."""
    for name, value in {"nan": "nan", "inf": "inf", "minus": "-inf", "huge": "1e300", "e999": "1e999"}.items():
        corners = f"v {value} 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n"
        yield f"{name}.obj", f"{corners}f 1 2 3\nf 1 2 4\n".encode()
        yield f"{name}.xyz", "".join(f"{value} {i} {i * i}\n" for i in range(40)).encode()
        body = f"{value} 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 2\n3 0 1 3\n".encode()
        yield f"{name}.ply", ply(4, 2, body)
        yield f"{name}.off", f"OFF\n4 1 0\n{value} 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 2\n".encode()
        yield f"{name}.usda", usda(f"({value},0,0),(1,0,0),(0,1,0),(0,0,1)")
        array = io.BytesIO()
        np.save(array, np.full((30, 3), float(value)))
        yield f"{name}.npy", array.getvalue()
        yield f"{name}.stl", stl(1, triangles(*(np.float32(min(float(value), 3e38)),), 0, 0, 1, 0, 0, 0, 1, 0))
    yield "same.obj", b"v 1 1 1\n" * 50 + b"f 1 2 3\n" * 40
    yield "same.xyz", b"2 2 2\n" * 500
    yield "line.obj", "".join(f"v {i} {i} {i}\n" for i in range(50)).encode() + b"f 1 2 3\nf 4 5 6\n"
    yield "flat.stl", stl(2, triangles(0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0))
    yield "far.obj", b"v 1e18 0 0\nv 1000000000000000001 0 0\nv 1e18 1 0\nv 1e18 0 1\nf 1 2 3\nf 1 2 4\n"
    yield "tiny.obj", b"v 1e-310 0 0\nv 0 1e-310 0\nv 0 0 1e-310\nf 1 2 3\n"


def counts() -> Iterator[Sent]:
    """Headers that claim what is not there, and indices that lead out of what is."""
    yield "billions.stl", stl(2**32 - 1, b"\0" * 50)
    yield "one more.stl", stl(3, triangles(0, 0, 0, 1, 0, 0, 0, 1, 0))
    for count in (10**12, -1, 2**31, 2**63, "many", ""):
        for kind in ("ascii", "binary_little_endian"):
            yield f"vertices {count} {kind}.ply", ply(count, 1, b"0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", kind)
            yield f"faces {count} {kind}.ply", ply(3, count, b"0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", kind)
        yield f"{count}.off", f"OFF\n{count} {count} 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n".encode()
        yield f"{count}.pcd", pcd(4 if count in ("many", "") else int(count)) + b"0 0 0\n"
        yield f"{count}.npy", npy(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({count or 0}, 3), }}")
        yield f"{count}.binvox", f"#binvox 1\ndim {count} {count} {count}\ndata\n".encode() + b"\1\xff" * 9
        yield f"{count}.pts", f"{count}\n0 0 0\n1 1 1\n".encode()
    yield "million.binvox", b"#binvox 1\ndim 1000000 1000000 1000000\ntranslate 0 0 0\nscale 1\ndata\n" + b"\1\xff" * 50
    for index in (0, -9, 4, 10**18, -(10**18)):
        yield f"index {index}.obj", f"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 {index}\n".encode()
        yield f"index {index}.off", f"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 {index + 3}\n".encode()
        yield f"index {index}.ply", ply(3, 1, f"0 0 0\n1 0 0\n0 1 0\n3 0 1 {index + 3}\n".encode())
    wide = [{"bufferView": 0, "componentType": 5126, "count": 2**31, "type": "VEC3"}] * 2
    yield "wide.gltf", gltf(accessors=wide)
    yield "minus.gltf", gltf(bufferViews=[{"buffer": 0, "byteLength": -5}, {"buffer": 0, "byteOffset": -8}])
    yield "long.glb", b"glTF\x02\x00\x00\x00\xff\xff\xff\x7f" + b"\xff\xff\xff\x7fJSON{}"
    yield "counts.usda", usda(counts="3,3,3,2147483647")


def arrays() -> Iterator[Sent]:
    """What would run when it is unpickled, claims more than there is, or holds vectors and no shape."""
    yield "pickle.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"cos\nsystem\n(S'id'\ntR.")
    yield "code.npy", npy("{'descr': __import__('os').system('id'), 'fortran_order': False, 'shape': (1,), }")
    yield "deep.npy", npy("{'descr': " + "(" * 900 + ")" * 900 + ", 'fortran_order': False, 'shape': (1,), }")
    yield "void.npy", npy("{'descr': '|V2147483647', 'fortran_order': False, 'shape': (2, 3), }")
    objects = io.BytesIO()
    np.savez(objects, a=np.array([{}, []], object))
    yield "objects.npz", objects.getvalue()
    for rows, columns in ((2, 384), (400, 384), (0, 384), (1, 383)):
        vectors = io.BytesIO()
        np.save(vectors, np.ones((rows, columns), np.float32))
        yield f"vectors {rows} {columns}.npy", vectors.getvalue()
    for value in (0.0, np.nan):
        vector = io.BytesIO()
        np.save(vector, np.full(384, value))
        yield f"vector {value}.npy", vector.getvalue()


def scenes() -> Iterator[Sent]:
    """What refers to other places and to itself."""
    for number, uri in enumerate((
        SECRET, "/etc/passwd", "../../../../etc/passwd", "http://127.0.0.1:9/a.bin", "https://example.org/a.bin",
        "//example.org/a", "data:text/plain;base64,AAAA", "data:" + "A" * 90_000, "\\\\host\\share", "C:\\a.bin", "",
        "a\0b", "%2e%2e%2fetc%2fpasswd",
    )):  # fmt: skip
        yield f"elsewhere{number}.gltf", gltf(uri)
    yield "loop.gltf", gltf(nodes=[{"children": [0], "mesh": 0}])
    yield "loops.gltf", gltf(nodes=[{"children": [1, 1], "mesh": 0}, {"children": [0, 0], "mesh": 0}])
    twice = [{"children": [i + 1, i + 1]} for i in range(40)] + [{"mesh": 0}]
    yield "twice.gltf", gltf(nodes=twice)
    yield "deep.gltf", b'{"asset":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    yield "image.gltf", gltf(images=[{"uri": SECRET}], textures=[{"source": 0}], materials=[{"name": "m"}])


def texts() -> Iterator[Sent]:
    """XML that grows without end, or names what is outside."""
    lol = f"<!DOCTYPE x [{LOLS}]>"
    outside = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{SECRET}">]>'
    yield "lol.dae", dae("&l9;", lol)
    yield "outside.dae", dae("&a;", outside)
    yield "outside2.dae", dae("", f'<!DOCTYPE x SYSTEM "{SECRET}">')
    yield "lol.3mf", threemf("&l9;", lol)
    yield "lol.xaml", f'<?xml version="1.0"?>{lol}<a>&l9;</a>'.encode()
    yield "outside.3mf", threemf("&a;", outside)
    yield "deep.dae", dae("<a>" * 60_000 + "</a>" * 60_000)
    yield (
        "self.3mf",
        threemf(
            '<resources><object id="1"><components><component objectid="1"/></components></object></resources>'
            '<build><item objectid="1"/></build>'
        ),
    )
    component = '<object id="{}"><components>' + '<component objectid="{}"/>' * 2 + "</components></object>"
    chain = "".join(component.format(i + 1, i, i) for i in range(40))
    mesh = '<mesh><vertices><vertex x="0" y="0" z="0"/></vertices><triangles/></mesh>'
    yield "twice.3mf", threemf(f'<resources><object id="0">{mesh}</object>{chain}</resources><build>'
                               '<item objectid="40"/></build>')  # fmt: skip


def packed() -> Iterator[Sent]:
    """Archives that unpack to too much, elsewhere, or to more archives; and what is long."""
    for ending in ("zip", "3mf", "zae", "usdz", "npz", "3dxml"):
        yield f"bomb.{ending}", zipped({"3D/3dmodel.model": b"\0" * 60_000_000})
        yield f"up.{ending}", zipped({"../../../../../../tmp/inrstore-was-here.obj": b"v 0 0 0", "/etc/x.obj": b"v 0"})
    inner = zipped({"a.obj": b"\0" * 9_000_000})
    for _ in range(4):
        inner = zipped({f"a{number}.zip": inner for number in range(3)})
    yield "nested.zip", inner
    yield "many.zip", zipped({f"{number}.obj": b"" for number in range(12_000)})
    yield "outside.usda", usda(more=f"subLayers = [@{SECRET}@, @/etc/passwd@]")
    yield "self.usda", usda(more="subLayers = [@./file.usda@]")
    yield "mtl.obj", b"mtllib /etc/passwd\nmtllib ../../../etc/shadow\nusemtl a\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2\n"
    yield "include.stp", b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=#1;\n#2=LINE(#2,#2);\nENDSEC;\nEND-ISO-10303-21;"
    yield "slashes.obj", b"v 0 0 0\n" * 3 + b"f " + b"1/" * 200_000 + b"\n"
    yield "wide.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf" + b" 1 2 3" * 100_000 + b"\n"
    yield "long.xyz", b"9" * 3_000_000
    yield "million.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n" + b"f 1 2 3\n" * 1_000_000


def names() -> Iterator[Sent]:
    """Names that mean more than a name."""
    data = b"v 0 0 0\nf 1 1 1\n"
    for name in NAMES:
        yield name, data


def hostile(seed: int = 0) -> list[Sent]:
    """All of them, the same for the same seed."""
    made = [
        *cut(seed),
        *flipped(seed),
        *noise(seed),
        *numbers(),
        *counts(),
        *arrays(),
        *scenes(),
        *texts(),
        *packed(),
        *names(),
    ]
    order = np.random.default_rng(seed).permutation(len(made))
    return [made[place] for place in order]
