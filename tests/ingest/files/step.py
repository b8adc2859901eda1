"""STEP files of boxes, cylinders and assemblies of them, written out entity by entity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MILLIMETRE = "( LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT(.MILLI.,.METRE.) )"
METRE = "( LENGTH_UNIT() NAMED_UNIT(*) SI_UNIT($,.METRE.) )"
INCH = "inch"
Placement = tuple[Sequence[float], Sequence[float], Sequence[float]]
"""Where an object stands: origin, z axis, x axis."""
HOME: Placement = ((0, 0, 0), (0, 0, 1), (1, 0, 0))


class Step:
    """An AP214 file in the making; every method enters entities and returns the number of the last."""

    def __init__(self, unit: str = MILLIMETRE) -> None:
        self.lines: list[str] = []
        application = self.add("APPLICATION_CONTEXT('automotive design')")
        self.add(f"APPLICATION_PROTOCOL_DEFINITION('international standard','automotive_design',2000,#{application})")
        self.context = self.add(f"PRODUCT_CONTEXT('',#{application},'mechanical')")
        self.definition_context = self.add(f"PRODUCT_DEFINITION_CONTEXT('part definition',#{application},'design')")
        length = self._inch() if unit == INCH else self.add(unit)
        angle = self.add("( NAMED_UNIT(*) PLANE_ANGLE_UNIT() SI_UNIT($,.RADIAN.) )")
        solid = self.add("( NAMED_UNIT(*) SI_UNIT($,.STERADIAN.) SOLID_ANGLE_UNIT() )")
        near = self.add(f"UNCERTAINTY_MEASURE_WITH_UNIT(LENGTH_MEASURE(1.E-7),#{length},'distance_accuracy_value','')")
        self.units = self.add(
            f"( GEOMETRIC_REPRESENTATION_CONTEXT(3) GLOBAL_UNCERTAINTY_ASSIGNED_CONTEXT((#{near})) "
            f"GLOBAL_UNIT_ASSIGNED_CONTEXT((#{length},#{angle},#{solid})) REPRESENTATION_CONTEXT('','') )"
        )

    def _inch(self) -> int:
        millimetre = self.add(MILLIMETRE)
        factor = self.add(f"LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),#{millimetre})")
        exponents = self.add("DIMENSIONAL_EXPONENTS(1.,0.,0.,0.,0.,0.,0.)")
        return self.add(f"( CONVERSION_BASED_UNIT('INCH',#{factor}) LENGTH_UNIT() NAMED_UNIT(#{exponents}) )")

    def add(self, entity: str) -> int:
        self.lines.append(f"#{len(self.lines) + 1}={entity};")
        return len(self.lines)

    def point(self, xyz: Sequence[float]) -> int:
        return self.add(f"CARTESIAN_POINT('',({','.join(repr(float(x)) for x in xyz)}))")

    def direction(self, xyz: Sequence[float]) -> int:
        return self.add(f"DIRECTION('',({','.join(repr(float(x)) for x in xyz)}))")

    def axes(self, placement: Placement = HOME) -> int:
        origin, z, x = self.point(placement[0]), self.direction(placement[1]), self.direction(placement[2])
        return self.add(f"AXIS2_PLACEMENT_3D('',#{origin},#{z},#{x})")

    def line(self, start: int, end: int, a: Sequence[float], b: Sequence[float]) -> int:
        along = np.subtract(b, a)
        size = float(np.linalg.norm(along))
        origin, direction = self.point(a), self.direction(along / size)
        vector = self.add(f"VECTOR('',#{direction},{size!r})")
        curve = self.add(f"LINE('',#{origin},#{vector})")
        return self.add(f"EDGE_CURVE('',#{start},#{end},#{curve},.T.)")

    def face(self, edges: Sequence[tuple[int, bool]], surface: int) -> int:
        oriented = [self.add(f"ORIENTED_EDGE('',*,*,#{edge},.{'T' if same else 'F'}.)") for edge, same in edges]
        loop = self.add(f"EDGE_LOOP('',({','.join(f'#{one}' for one in oriented)}))")
        bound = self.add(f"FACE_OUTER_BOUND('',#{loop},.T.)")
        return self.add(f"ADVANCED_FACE('',(#{bound}),#{surface},.T.)")

    def solid(self, faces: Sequence[int]) -> int:
        shell = self.add(f"CLOSED_SHELL('',({','.join(f'#{one}' for one in faces)}))")
        return self.add(f"MANIFOLD_SOLID_BREP('',#{shell})")

    def box(self, size: Sequence[float]) -> int:
        corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * np.array(size, float)
        vertices = [self.add(f"VERTEX_POINT('',#{self.point(corner)})") for corner in corners]
        edges: dict[tuple[int, int], int] = {}
        faces = []
        for loop in ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)):
            pairs = list(zip(loop, (*loop[1:], loop[0]), strict=True))
            for a, b in pairs:
                if (a, b) not in edges and (b, a) not in edges:
                    edges[a, b] = self.line(vertices[a], vertices[b], corners[a], corners[b])
            sides = [(edges[pair], True) if pair in edges else (edges[pair[::-1]], False) for pair in pairs]
            a, b, c = (corners[i] for i in loop[:3])
            normal = np.cross(b - a, c - b)
            faces.append(self.face(sides, self.add(f"PLANE('',#{self.axes((a, normal, b - a))})")))
        return self.solid(faces)

    def cylinder(self, radius: float, height: float) -> int:
        bottom, top = (radius, 0.0, 0.0), (radius, 0.0, height)
        low, high = (self.add(f"VERTEX_POINT('',#{self.point(p)})") for p in (bottom, top))
        rings = []
        for vertex, z in ((low, 0.0), (high, height)):
            circle = self.add(f"CIRCLE('',#{self.axes(((0, 0, z), (0, 0, 1), (1, 0, 0)))},{radius!r})")
            rings.append(self.add(f"EDGE_CURVE('',#{vertex},#{vertex},#{circle},.T.)"))
        seam = self.line(low, high, bottom, top)
        side = self.add(f"CYLINDRICAL_SURFACE('',#{self.axes()},{radius!r})")
        floor = self.add(f"PLANE('',#{self.axes(((0, 0, 0), (0, 0, -1), (1, 0, 0)))})")
        lid = self.add(f"PLANE('',#{self.axes(((0, 0, height), (0, 0, 1), (1, 0, 0)))})")
        wall = self.face([(rings[0], True), (seam, True), (rings[1], False), (seam, False)], side)
        return self.solid([wall, self.face([(rings[0], False)], floor), self.face([(rings[1], True)], lid)])

    def product(self, name: str, solids: Sequence[int] = ()) -> tuple[int, int]:
        """Numbers of a product's definition and of its representation."""
        product = self.add(f"PRODUCT('{name}','{name}','',(#{self.context}))")
        formation = self.add(f"PRODUCT_DEFINITION_FORMATION('','',#{product})")
        definition = self.add(f"PRODUCT_DEFINITION('design','',#{formation},#{self.definition_context})")
        shape = self.add(f"PRODUCT_DEFINITION_SHAPE('','',#{definition})")
        items = ",".join(f"#{item}" for item in (self.axes(), *solids))
        kind = "ADVANCED_BREP_SHAPE_REPRESENTATION" if solids else "SHAPE_REPRESENTATION"
        representation = self.add(f"{kind}('{name}',({items}),#{self.units})")
        self.add(f"SHAPE_DEFINITION_REPRESENTATION(#{shape},#{representation})")
        return definition, representation

    def place(self, assembly: tuple[int, int], part: tuple[int, int], name: str, placement: Placement) -> None:
        """An instance of a product in another."""
        use = self.add(f"NEXT_ASSEMBLY_USAGE_OCCURRENCE('{name}','{name}','',#{assembly[0]},#{part[0]},$)")
        shape = self.add(f"PRODUCT_DEFINITION_SHAPE('','',#{use})")
        move = self.add(f"ITEM_DEFINED_TRANSFORMATION('','',#{self.axes()},#{self.axes(placement)})")
        relation = self.add(
            f"( REPRESENTATION_RELATIONSHIP('','',#{part[1]},#{assembly[1]}) "
            f"REPRESENTATION_RELATIONSHIP_WITH_TRANSFORMATION(#{move}) SHAPE_REPRESENTATION_RELATIONSHIP() )"
        )
        self.add(f"CONTEXT_DEPENDENT_SHAPE_REPRESENTATION(#{relation},#{shape})")

    def text(self) -> str:
        header = (
            "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
            "FILE_NAME('','2024-01-01T00:00:00',(''),(''),'','','');\n"
            "FILE_SCHEMA(('AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }'));\nENDSEC;\nDATA;\n"
        )
        return header + "\n".join(self.lines) + "\nENDSEC;\nEND-ISO-10303-21;\n"


def box_file(size: Sequence[float] = (1, 2, 3), unit: str = MILLIMETRE) -> str:
    step = Step(unit)
    step.product("box", [step.box(size)])
    return step.text()


def cylinder_file(radius: float, height: float) -> str:
    step = Step()
    step.product("cylinder", [step.cylinder(radius, height)])
    return step.text()


def assembly_file() -> str:
    """Three boxes, one of them turned about z, and a cylinder, in one assembly."""
    step = Step()
    box, pin = step.product("box", [step.box((10, 20, 30))]), step.product("pin", [step.cylinder(4.0, 9.0)])
    plate = step.product("plate")
    step.place(plate, box, "first", HOME)
    step.place(plate, box, "second", ((100, 0, 0), (0, 0, 1), (1, 0, 0)))
    step.place(plate, box, "third", ((0, 100, 0), (0, 0, 1), (0, 1, 0)))
    step.place(plate, pin, "pin", ((0, 0, 200), (0, 0, 1), (1, 0, 0)))
    return step.text()
