"""OpenGL of the window, settled before it is made: 3D views come into a window that is there already."""

from __future__ import annotations

from PySide6.QtGui import QSurfaceFormat
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget


def settle_format() -> None:
    """The format of every OpenGL surface from now on: what VTK draws with (core profile 3.2).

    A window whose own surface was made with another format cannot compose the 3D views: Qt then fails to
    compile its shader and crashes. So this comes before the first window.
    """
    form = QSurfaceFormat()
    form.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    form.setVersion(3, 2)
    form.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    form.setSwapBehavior(QSurfaceFormat.SwapBehavior.DoubleBuffer)
    for set_bits in (form.setRedBufferSize, form.setGreenBufferSize, form.setBlueBufferSize):
        set_bits(8)
    form.setAlphaBufferSize(8)
    form.setDepthBufferSize(8)
    form.setStencilBufferSize(0)
    form.setSamples(0)
    QSurfaceFormat.setDefaultFormat(form)


def keep_surface(window: QWidget) -> QOpenGLWidget:
    """An invisible OpenGL child, so that `window` has a surface for 3D from the beginning.

    Without it Qt makes the native window anew when the first 3D view comes, and the keyboard is lost.
    """
    place = QOpenGLWidget(window)
    place.setObjectName("surface")
    place.setFixedSize(1, 1)
    place.lower()
    place.hide()
    return place
