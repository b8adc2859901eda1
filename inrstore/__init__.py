"""A shape repository in which every 3D object is a small neural network.

The names below are loaded on first use, so that importing the package stays quick.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .export import export_shape as export
    from .export import shape_mesh
    from .model import Model, load_model
    from .render import thumbnail as render
    from .rows import Inr, NewShape, Shape
    from .store import Store, init_store, open_store

_HOMES = {
    "Inr": ("rows", "Inr"),
    "Model": ("model", "Model"),
    "NewShape": ("rows", "NewShape"),
    "Shape": ("rows", "Shape"),
    "Store": ("store", "Store"),
    "export": ("export", "export_shape"),
    "init_store": ("store", "init_store"),
    "load_model": ("model", "load_model"),
    "open_store": ("store", "open_store"),
    "render": ("render", "thumbnail"),
    "shape_mesh": ("export", "shape_mesh"),
}

__all__ = [
    "Inr",
    "Model",
    "NewShape",
    "Shape",
    "Store",
    "__version__",
    "export",
    "init_store",
    "load_model",
    "open_store",
    "render",
    "shape_mesh",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    value = getattr(import_module(f".{module}", __name__), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """Keeps `export` and `render` functions: importing the submodules of these names would replace them."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
