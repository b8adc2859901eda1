"""Every named kind, by the name of the folder that it is written to."""

from __future__ import annotations

from .fasteners import FASTENERS
from .making import Named
from .profiles import PROFILES
from .seats import SEATS
from .storage import STORAGES
from .tables import TABLES
from .vessels import VESSELS

KINDS: dict[str, Named] = {
    made.__name__: made for made in (*FASTENERS, *PROFILES, *SEATS, *TABLES, *STORAGES, *VESSELS)
}
