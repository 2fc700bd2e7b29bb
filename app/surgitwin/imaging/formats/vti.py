"""VTK image data (.vti): a regular grid with no anatomical frame and no unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkCommand
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline
from vtkmodules.vtkIOXML import vtkXMLImageDataReader

from surgitwin.imaging.formats.file_image import FileImage, check_size, not_scalar, unreadable


def open_vti(path: Path) -> FileImage:
    """What a .vti file says. Raises InputError ("image.unreadable", "image.not_scalar")."""
    reader, faults = _reader(path)
    if not reader.CanReadFile(str(path)):
        unreadable(path, "it is no VTK image data")
    reader.UpdateInformation()
    if faults:
        unreadable(path, faults[0])
    names = [reader.GetPointArrayName(n) for n in range(reader.GetNumberOfPointArrays())]
    if len(names) != 1:
        not_scalar(path, f"{len(names)} arrays on its points ({', '.join(names[:5]) or 'none'})")
    info = reader.GetOutputInformation(0)
    extent = info.Get(vtkStreamingDemandDrivenPipeline.WHOLE_EXTENT())
    spacing, origin = np.array(info.Get(vtkDataObject.SPACING())), np.array(info.Get(vtkDataObject.ORIGIN()))
    shape = (extent[5] - extent[4] + 1, extent[3] - extent[2] + 1, extent[1] - extent[0] + 1)
    check_size(path, shape, 8)
    affine = np.eye(4)
    direction = info.Get(vtkDataObject.DIRECTION())
    affine[:3, :3] = np.array(direction if direction else np.eye(3)).reshape(3, 3) * spacing
    affine[:3, 3] = origin + affine[:3, :3] @ np.array(extent[::2], float)
    facts = ("VTK's image format gives lengths without a unit and axes without a side of the body.",)
    return FileImage(path, "VTI", shape, affine, None, None, lambda _n: _voxels(path, shape), facts=facts)


def _reader(path: Path) -> tuple[Any, list[str]]:
    """A reader whose faults are collected (VTK would print them and go on)."""
    faults: list[str] = []
    reader = vtkXMLImageDataReader()
    reader.SetFileName(str(path))

    def fault(_caller: Any, _event: str) -> None:
        faults.append("VTK's reader finds a fault in it")

    reader.AddObserver(vtkCommand.ErrorEvent, fault)
    return reader, faults


def _voxels(path: Path, shape: tuple[int, int, int]) -> npt.NDArray[Any]:
    reader, faults = _reader(path)
    reader.Update()
    data = reader.GetOutput().GetPointData().GetArray(0)
    if faults or data is None or data.GetNumberOfTuples() != int(np.prod(shape)):
        unreadable(path, faults[0] if faults else "its voxels end early")
    if data.GetNumberOfComponents() != 1:
        not_scalar(path, f"{data.GetNumberOfComponents()} numbers per voxel")
    return np.array(vtk_to_numpy(data)).reshape(shape)
