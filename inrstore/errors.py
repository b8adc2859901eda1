"""Every error that inrstore raises on purpose; each also inherits the builtin that a caller would expect."""

from __future__ import annotations

import errno


class InrstoreError(Exception):
    """Anything that inrstore refuses; the message says what to do next."""

    def __str__(self) -> str:  # KeyError would print its message in quotes
        return " ".join(str(arg) for arg in self.args)


class BadInput(InrstoreError, ValueError):
    """A file or argument that cannot become a shape."""


class BadArray(BadInput):
    """An array, or a list of numbers, of another type, shape or width than the method takes, or with NaN in it."""


class UnknownField(BadInput):
    """A field that is none of sdf, udf and occ, or that this model does not know."""


class StoreNotFound(InrstoreError, FileNotFoundError):
    """No store at the given place."""


class StoreExists(InrstoreError, FileExistsError):
    """A store, or something else, is already at the given place."""


class StoreFormatError(InrstoreError, ValueError):
    """The store was written by a newer version, or is not a store."""


class CorruptShard(InrstoreError, ValueError):
    """A shard is missing, truncated or altered."""


class StorageFull(InrstoreError, OSError):
    """The disk is full; nothing that was committed is lost. `errno` is the system's number, ENOSPC or EDQUOT."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        if self.errno is None:
            self.errno = errno.ENOSPC

    def __str__(self) -> str:  # of (number, sentence) only the sentence is for people
        return self.strerror or super().__str__()


class StorageFailed(InrstoreError, OSError):
    """A remote file system refuses, or does not answer; nothing that was committed is lost."""


class ShapeNotFound(InrstoreError, KeyError):
    """No stored shape has this id, id prefix, source path or key, or it has not what is asked of it."""


class AmbiguousShape(InrstoreError, KeyError):
    """An id prefix that more than one stored shape has, or a file whose objects are several shapes."""


class ModelNotFound(InrstoreError, KeyError):
    """No packaged or stored model has this name or id."""


class ModelMismatch(InrstoreError, ValueError):
    """Embeddings, networks or an index of one model met a store of another."""


class NoEncoder(InrstoreError, TypeError):
    """The model has no encoder, so its networks have no embeddings."""


class EmptySurface(InrstoreError, ValueError):
    """A field that has no surface inside the unit cube."""


class NotAllowed(InrstoreError, PermissionError):
    """A server does not do this for whoever asks: the token is missing or wrong, or it only reads."""


class ServerNotFound(InrstoreError, ConnectionError):
    """No server answers at the given address, or something else than `inrstore serve` does."""


class MissingDependency(InrstoreError, ImportError):
    """An optional package is not installed; the message gives the command."""
