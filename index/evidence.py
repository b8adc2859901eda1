"""What speaks for two shapes being one: the same bytes, the same content, or surfaces that lie upon each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from inrstore.errors import BadInput
from inrstore.records import Decision, NewShape, Shape

from .poses import Pose, pose_of

if TYPE_CHECKING:
    from inrstore.surface.comparison import Comparison

LEVELS = ("exact", "same", "variant")
THRESHOLDS = {"same": 0.008, "variant": 0.025}
"""Chamfer distance of the decoded surfaces, in radii, up to which shapes are taken for that; benchmarks/duplicates.py
says what it finds at others."""
FAR = 3.0
"""Thresholds that the farthest twentieth may lie apart: a part that only one of them has makes two things."""
STILL = 2.0
"""Degrees that an alignment may turn what was never turned."""
AS_LARGE = 0.01
"""Sizes that differ by less are one."""

BYTES, CONTENT, SIMILAR, SURFACE, VARIANT = "same bytes", "same content", "similar", "same surface", "variant"
"""The relations, the surest first. `similar` is the same mesh by its numbers of vertices and faces, turned, mirrored,
moved or scaled; `same surface` is another mesh of it, remeshed, decimated or subdivided, or another kind of file."""


@dataclass(frozen=True)
class Evidence:
    """Why a member is in its group: what it is to the group's first."""

    relation: str
    score: float | None = None
    """Cosine similarity of the two embeddings, as the shapes lie."""
    chamfer_l1: float | None = None
    """Of the decoded surfaces, the first laid upon this one, in this one's radii."""
    far: float | None = None
    """The 95th percentile of the distances then."""
    ratio: float | None = None
    """This one's size by the first's, in the units of their sources."""
    pose: Pose | None = None
    """How the first was turned; None for as it lies."""
    faces: tuple[int, int] | None = None
    """Of the first's source and of this one's, where both are meshes."""
    transform: tuple[float, ...] | None = None
    """Sixteen numbers, row-major: the 4×4 matrix that laid the first upon this one, both in their normalised frames."""
    decision: Decision | None = None
    """What somebody decided of the two; the relation follows it."""

    @property
    def words(self) -> str:
        """For people: "similar: mirrored, 90° about up, 2× as large"."""
        details = [str(self.pose)] if self.pose else []
        if self.ratio is not None and abs(np.log(self.ratio)) > AS_LARGE:
            details.append(f"{self.ratio:.3g}× as large")
        if self.faces and self.faces[0] != self.faces[1]:
            details.append(f"{self.faces[0]:,} → {self.faces[1]:,} faces")
        if self.relation == CONTENT:
            details.append("wherever it lies and however large it is")
        if not details and self.chamfer_l1 is not None:
            details.append("as it lies")
        return f"{self.relation}: {', '.join(details)}" if details else self.relation

    @property
    def told(self) -> str:
        """The words, and what somebody decided."""
        return self.words if self.decision is None else f"{self.words}; decided: {self.decision}"

    def reversed(self) -> Evidence:
        """What the group's first is to this one."""
        there = None if self.transform is None else np.linalg.inv(np.array(self.transform).reshape(4, 4))
        return replace(
            self,
            ratio=None if self.ratio is None else 1 / self.ratio,
            pose=self.pose and Pose(tuple(zip(*self.pose.matrix, strict=True))),  # orthogonal, so the inverse
            faces=self.faces and (self.faces[1], self.faces[0]),
            transform=None if there is None else tuple(there.ravel().tolist()),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        pose = self.pose and {"text": str(self.pose), "mirrored": self.pose.mirrored, "matrix": self.pose.matrix}
        return {**asdict(self), "pose": pose, "words": self.words}


@dataclass(frozen=True)
class Limits:
    """Chamfer distances up to which two shapes are the same, and variants; of `variant` None nothing is a variant."""

    same: float
    variant: float | None

    @classmethod
    def of(cls, level: str, threshold: float | None) -> Limits:
        """Those of a level; `threshold` is its own instead of the default. Errors: BadInput."""
        if level not in LEVELS:
            raise BadInput(f"level is {level!r}; it must be one of {', '.join(LEVELS)}")
        if threshold is not None and (level == "exact" or not 0 < threshold <= 1):
            raise BadInput(
                f"threshold: {threshold} for level {level}; give a Chamfer distance in radii, above 0 and at most 1, "
                "with level same or variant"
            )
        own = THRESHOLDS | ({} if threshold is None else {level: threshold})
        return cls(
            min(own["same"], own["variant"]) if level == "variant" else own["same"],
            own["variant"] if level == "variant" else None,
        )


def judged(
    one: Shape | NewShape,
    other: Shape | NewShape,
    found: Comparison,
    limits: Limits,
    decision: Decision | None = None,
) -> Evidence | None:
    """What `other` is to `one`, which was laid upon it; None if they are two things. A decision goes before figures."""
    counts = [(shape.quality.get("vertices"), shape.quality.get("faces")) for shape in (one, other)]
    near = found.chamfer_l1 <= limits.same and found.far <= FAR * limits.same
    if decision == "same" or (near and decision != VARIANT):
        relation = SIMILAR if near and one.kind == other.kind and counts[0] == counts[1] else SURFACE
    elif limits.variant is not None and (decision == VARIANT or found.chamfer_l1 <= limits.variant):
        relation = VARIANT
    else:
        return None
    faces = [int(count) for _, count in counts if count is not None]
    aligned = found.alignment
    transform = np.eye(4)
    transform[:3, :3], transform[:3, 3] = aligned.scale * aligned.matrix, aligned.shift
    return Evidence(
        relation,
        chamfer_l1=found.chamfer_l1,
        far=found.far,
        ratio=aligned.scale * other.scale / one.scale,
        pose=pose_of(aligned.matrix, STILL),
        faces=(faces[0], faces[1]) if len(faces) == 2 else None,
        transform=tuple(transform.ravel().tolist()),
        decision=decision,
    )
