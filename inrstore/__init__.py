"""A shape repository in which every 3D object is a small neural network.

The names below are loaded on first use, so that importing the package stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .model import Model, load_model
    from .pictures.stored import render_shape, thumbnail
    from .records import Inr, NewShape, Shape
    from .remote import RemoteStore, connect
    from .store import Store, init_store, open_store
    from .surface.export import export_shape, shape_mesh

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "model": ["Model", "load_model"],
        "pictures.stored": ["render_shape", "thumbnail"],
        "records": ["Inr", "NewShape", "Shape"],
        "remote": ["RemoteStore", "connect"],
        "store": ["Store", "init_store", "open_store"],
        "surface.export": ["export_shape", "shape_mesh"],
    },
)

__all__ = [
    "Inr",
    "Model",
    "NewShape",
    "RemoteStore",
    "Shape",
    "Store",
    "__version__",
    "connect",
    "export_shape",
    "init_store",
    "load_model",
    "open_store",
    "render_shape",
    "shape_mesh",
    "thumbnail",
]
