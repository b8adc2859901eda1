"""The route to what lies between two shapes, decoded while somebody moves a slider."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request, Response

from .gallery import Gallery, Here
from .kept import Content, answer
from .meshes import MEDIA, glb
from .surfaces import GLB, Resolution

if TYPE_CHECKING:
    from inrstore.tasks import Way

router = APIRouter(tags=["surfaces"])
KEPT = 16
"""Ways that are kept: what codes lose of both ends is found out once for each."""
Share = Annotated[float, Path(ge=0, le=1, description="Of the way: 0 is A, 1 is B")]


@router.get("/interpolations/{a}/{b}/{t}", response_class=Response, responses=GLB)
def step(gallery: Here, request: Request, a: str, b: str, t: Share, resolution: Resolution = 40) -> Response:
    """The surface at a share of the way from shape A to shape B, see `inrstore interpolate`."""
    one, other, share = gallery.shape(a), gallery.shape(b), round(t, 3)

    def make() -> Content:
        with gallery.gate.entered():
            found = ways(gallery, one.id, other.id).step(share, resolution)
        return Content(glb({"between": (found.vertices, found.faces)}), MEDIA)

    return answer(request, gallery.surfaces.get(("between", one.id, other.id, share, resolution), make), 300)


_guard = threading.Lock()


def ways(gallery: Gallery, a: str, b: str) -> Way:
    """The way between two shapes by their ids, kept with the store. Errors: NoEncoder, BadInput."""
    from inrstore.tasks import Codes, Way, coded, common_field, own_fields

    with _guard:
        kept: OrderedDict[tuple[str, str], Way] = gallery.store.companions.setdefault("ways", OrderedDict())
        if (a, b) in kept:
            kept.move_to_end((a, b))
            return kept[a, b]
    codes = Codes.of(gallery.store)
    ends = coded(codes, [a, b])
    field = common_field(ends)
    own = own_fields(codes, ends, field)
    way = Way(codes, ends[0].code, ends[1].code, field, (own[0], own[1]))
    with _guard:
        kept[a, b] = way
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return way
