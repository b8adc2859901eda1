"""An archive that is sent while it is made, so that nothing of it is kept whole."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator


class _Sent:
    """A file that can only be written to, and gives away what was written."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._at = 0

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        found, self.parts = b"".join(self.parts), []
        return found


def zipped(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """The bytes of a ZIP of files, which are names and pieces; one of a name that was there gets a number."""
    sent, names = _Sent(), set[str]()
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]
        for name, pieces in files:
            about = zipfile.ZipInfo(_own(name, names))
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with archive.open(about, "w") as file:
                for piece in pieces:
                    file.write(piece)
                    if found := sent.taken():
                        yield found
            yield sent.taken()
    yield sent.taken()


def _own(name: str, names: set[str]) -> str:
    """A name that is not among the names, where it is noted."""
    stem, dot, ending = name.rpartition(".")
    number, own = 1, name
    while own in names:
        number += 1
        own = f"{stem}-{number}{dot}{ending}"
    names.add(own)
    return own
