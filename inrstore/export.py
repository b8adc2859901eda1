"""The door to `inrstore.surface.export`: stored shapes as meshes, clouds, voxels and networks."""

from .surface.export import FORMATS, export_shape, shape_cloud, shape_field, shape_inr, shape_mesh

__all__ = ["FORMATS", "export_shape", "shape_cloud", "shape_field", "shape_inr", "shape_mesh"]
