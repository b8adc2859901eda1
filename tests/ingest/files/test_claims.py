"""Headers that promise more than there is, and headers that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
import trimesh

from ingest.files.claims import check_promised
from ingest.files.load import load
from inrstore.errors import BadInput

BOX = trimesh.creation.box()


@pytest.mark.parametrize("ending", ["off", "ply"])
def test_a_text_that_was_cut_at_the_end_of_a_line_is_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    told = BOX.export(file_type=ending, **({"encoding": "ascii"} if ending == "ply" else {}))
    whole = told if isinstance(told, bytes) else told.encode()
    path.write_bytes(b"\n# a note\n".join(whole.split(b"\n", 1)) if ending == "off" else whole)
    check_promised(path)
    assert len(load(path).faces) == 12  # type: ignore[union-attr]
    path.write_bytes(b"\n".join(whole.rstrip().split(b"\n")[:-3]) + b"\n")
    with pytest.raises(BadInput, match=r"cut short: .*8 vert.* and 12 face.*; 3 lines of them are missing"):
        check_promised(path)
    with pytest.raises(BadInput, match="cut short"):
        load(path)


def test_what_is_no_text_or_no_header_is_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "a.ply"
    path.write_bytes(BOX.export(file_type="ply")[:-40])
    check_promised(path)
    strange = ("ply\nformat\nend_header\n", "ply\nelement vertex\nend_header\n", "ply\nelement\n", "ply\n", "", "\n\n")
    for text in strange:
        path.write_text(text)
        check_promised(path)
        with pytest.raises(BadInput):
            load(path)
    for text in ("OFF\n", "OFF\n3\n", "OFF x y z\n", "no\n3 1 0\n"):
        (tmp_path / "a.off").write_text(text)
        check_promised(tmp_path / "a.off")
