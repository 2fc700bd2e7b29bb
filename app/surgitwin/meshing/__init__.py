"""Labels to a surface, surfaces to tetrahedra, implants to their own meshes, and the quality of all."""

from surgitwin.meshing.bone import mesh_bone
from surgitwin.meshing.distance import PartReport, SurfaceDistance, part_reports, surface_distance
from surgitwin.meshing.fracture import gap_faces, mesh_fractured
from surgitwin.meshing.implant import ImplantMesh, mesh_implant
from surgitwin.meshing.meshers.mesher import DEFAULT_MESHER, Mesher, get_mesher
from surgitwin.meshing.quality import Quality, gate, qualities, quality, scaled_jacobian
from surgitwin.meshing.sizing import Refinement
from surgitwin.meshing.surface import Surface, bone_surface
from surgitwin.meshing.tissues.fill import TissueMesh, mesh_tissues
from surgitwin.meshing.walls.extrude import ExtrudedWall, extrude_wall
from surgitwin.meshing.walls.layers import LumenCells, fill_lumen, with_extensions

__all__ = [
    "DEFAULT_MESHER",
    "ExtrudedWall",
    "ImplantMesh",
    "LumenCells",
    "Mesher",
    "PartReport",
    "Quality",
    "Refinement",
    "Surface",
    "SurfaceDistance",
    "TissueMesh",
    "bone_surface",
    "extrude_wall",
    "fill_lumen",
    "gap_faces",
    "gate",
    "get_mesher",
    "mesh_bone",
    "mesh_fractured",
    "mesh_implant",
    "mesh_tissues",
    "part_reports",
    "qualities",
    "quality",
    "scaled_jacobian",
    "surface_distance",
    "with_extensions",
]
