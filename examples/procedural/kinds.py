"""Every named kind, by the name of the folder that it is written to."""

from __future__ import annotations

from .buildings import BUILDINGS
from .devices import DEVICES
from .fasteners import FASTENERS
from .forms import FORMS
from .gears import GEARS
from .household import HOUSEHOLDS
from .living import LIVING
from .profiles import PROFILES
from .seats import SEATS
from .storage import STORAGES
from .tables import TABLES
from .tools import TOOLS
from .vehicles import VEHICLES
from .vessels import VESSELS
from .making import Named

KINDS: dict[str, Named] = {
    made.__name__: made
    for made in (
        *BUILDINGS,
        *DEVICES,
        *FASTENERS,
        *FORMS,
        *GEARS,
        *HOUSEHOLDS,
        *LIVING,
        *PROFILES,
        *SEATS,
        *STORAGES,
        *TABLES,
        *TOOLS,
        *VEHICLES,
        *VESSELS,
    )
}
