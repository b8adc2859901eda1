"""Every named kind, by the name of the folder that it is written to."""

from __future__ import annotations

from .appliances import APPLIANCES
from .blades import BLADES
from .buildings import BUILDINGS
from .containers import CONTAINERS
from .craft import CRAFT
from .devices import DEVICES
from .fasteners import FASTENERS
from .fixtures import FIXTURES
from .forms import FORMS
from .gears import GEARS
from .household import HOUSEHOLDS
from .instruments import INSTRUMENTS
from .lights import LIGHTS
from .living import LIVING
from .making import Named
from .mechanisms import MECHANISMS
from .monuments import MONUMENTS
from .plants import PLANTS
from .profiles import PROFILES
from .seats import SEATS
from .sofas import SOFAS
from .storage import STORAGES
from .tables import TABLES
from .tableware import TABLEWARE
from .tools import TOOLS
from .vehicles import VEHICLES
from .vessels import VESSELS

FAMILIES: tuple[Named, ...] = (
    *(*APPLIANCES, *BLADES, *BUILDINGS, *CONTAINERS, *CRAFT, *DEVICES, *FASTENERS, *FIXTURES),
    *(*FORMS, *GEARS, *HOUSEHOLDS, *INSTRUMENTS, *LIGHTS, *LIVING, *MECHANISMS, *MONUMENTS),
    *(*PLANTS, *PROFILES, *SEATS, *SOFAS, *STORAGES, *TABLES, *TABLEWARE, *TOOLS),
    *(*VEHICLES, *VESSELS),
)
KINDS: dict[str, Named] = {made.__name__: made for made in FAMILIES}
