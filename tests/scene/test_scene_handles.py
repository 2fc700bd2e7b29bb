"""Handles: what a pixel hits and what a drag means, with answers known by hand."""
# ruff: noqa: RUF005 - an array and a tuple are added up here, not joined

from pathlib import Path

import numpy as np
import pytest
import scene_samples as samples
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from surgitwin.core.frame import Plane, rotation_about
from surgitwin.scene import cameras, drags, model
from surgitwin.scene.cut_handles import Cut, CutDrag, grips, hit_cut
from surgitwin.scene.cut_layers import cut_marks, cut_placed
from surgitwin.scene.handle_layers import AXIS_COLOURS, gizmo_marks, gizmo_placed, layers_of
from surgitwin.scene.handles import Gizmo, Handle, all_handles, hit, shown, strokes
from surgitwin.scene.picture import picture
from surgitwin.scene.screens import CameraScreen, SliceScreen

PICTURES = Path(__file__).parent / "pictures"
AT = np.array([10.0, -20.0, 30.0])


def coronal(mm=0.5, at=AT):
    """A slice whose pixel (100, 100) is `at`; L to the right, S up."""
    right, down = np.array([1.0, 0, 0]), np.array([0, 0, -1.0])
    return SliceScreen(at - (100 * right + 100 * down) * mm, right, down, mm)


def camera(perspective=False, distance=500.0, at=AT):
    """From anterior at `at`, 400 x 300 px; half a millimetre a pixel at the focus."""
    half = 75.0
    angle = float(np.degrees(2 * np.arctan(half / distance)))
    eye = at + np.array([0, -distance, 0.0])
    return CameraScreen(eye, at, np.array([0, 0, 1.0]), (400, 300), None if perspective else half, angle)


def upright(handles=None):
    return Gizmo(AT, np.eye(3), handles or all_handles())


VIEWS = {"slice": coronal(), "parallel": camera(), "perspective": camera(True)}
points = st.tuples(*(st.floats(-40, 40) for _ in range(3)))
angles = st.tuples(*(st.floats(-3, 3) for _ in range(3)))


def oblique(turn):
    axes = np.eye(3)
    for n, angle in enumerate(turn):
        axes = rotation_about(np.eye(3)[n], angle) @ axes
    return axes


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_projection_and_ray_belong_together(view):
    for point in (AT, AT + (12, 30, -7)):
        px = view.project(point)
        ray = view.ray(px)
        assert np.linalg.norm(np.cross(point - ray.origin_mm, ray.direction)) < 1e-9
        assert float(ray.direction @ view.eye(point)) == pytest.approx(-1, abs=1e-9)
    assert view.mm_per_px(AT) == pytest.approx(0.5)
    assert view.project(AT + 10 * view.right) - view.project(AT) == pytest.approx([20, 0])
    assert view.project(AT + 10 * view.down) - view.project(AT) == pytest.approx([0, 20])


@given(points, st.booleans())
def test_any_point_comes_back_from_its_pixel(point, perspective):
    view = camera(perspective)
    ray = view.ray(view.project(AT + point))
    assert np.linalg.norm(np.cross(AT + point - ray.origin_mm, ray.direction)) < 1e-6


def test_a_pixel_of_a_perspective_view_grows_with_depth():
    view = camera(True)
    assert view.mm_per_px(AT + (0, 500, 0)) == pytest.approx(1.0)
    assert np.isnan(view.project(AT + (0, -900, 0))).all()


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_arrow_moves_along_its_axis_only(view):
    start = view.project(AT) + (40, 0)
    drag = drags.Drag(upright(), upright().handle("move x"), view, start)
    motion = drag.to(start + (30, 11))
    assert motion.mm == pytest.approx([15, 0, 0], abs=0.15)
    assert motion.matrix[:3, :3] == pytest.approx(np.eye(3))
    assert motion.words == f"{motion.mm[0]:.1f} mm"
    snapped = float(drag.to(start + (31, 0), drags.COARSE).mm[0])
    assert snapped == round(snapped)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_ring_turns_with_the_mouse_round_the_axis(view):
    """y points away from the eye that stands in front: a quarter turn from right to down is +90 degrees."""
    middle = view.project(AT)
    drag = drags.Drag(upright(), upright().handle("turn y"), view, middle + (50, 0))
    motion = drag.to(middle + (0, 50))
    assert motion.degrees == pytest.approx(90)
    assert motion.matrix @ (*(AT + (7, 3, 0)), 1) == pytest.approx((*(AT + (0, 3, -7)), 1))
    assert drag.to(middle + (40, 32), drags.COARSE).degrees == pytest.approx(40)


def test_ring_seen_from_the_side_turns_by_the_way_across_it():
    view = camera()
    middle = view.project(AT)
    drag = drags.Drag(upright(), upright().handle("turn z"), view, middle)
    motion = drag.to(middle + (50, 0))
    assert motion.degrees == pytest.approx(np.degrees(1.0))
    front = AT + np.array([0, -10.0, 0])
    assert (motion.matrix[:3, :3] @ (front - AT))[0] > 5, "what faces the eye follows the mouse"


def test_middle_follows_the_mouse_in_the_plane_of_the_screen():
    for view in VIEWS.values():
        start = view.project(AT)
        motion = drags.Drag(upright(), upright().handle("drag"), view, start).to(start + (20, -8))
        assert motion.mm == pytest.approx([10, 0, 4], abs=1e-9)


def test_square_moves_in_its_plane():
    gizmo = Gizmo(AT, np.eye(3), (Handle("slide y", "plane", 1),))
    start = coronal().project(AT) + (25, -25)
    motion = drags.Drag(gizmo, gizmo.handles[0], coronal(), start).to(start + (6, 4))
    assert motion.mm == pytest.approx([3, 0, -2])


@given(angles, points, st.sampled_from([h.name for h in all_handles()]), st.booleans())
def test_every_drag_is_rigid_and_comes_back(turn, way, name, perspective):
    view = camera(perspective)
    gizmo = Gizmo(AT + np.array(way) / 4, oblique(turn), all_handles())
    handle = gizmo.handle(name)
    if not shown(gizmo, handle, view):
        return
    start = view.project(strokes(gizmo, handle, view)[0][0])
    now = start + np.array(way)[:2]
    motion = drags.Drag(gizmo, handle, view, start).to(now)
    r = motion.matrix[:3, :3]
    assert r.T @ r == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(r) == pytest.approx(1)
    assert motion.matrix[3] == pytest.approx([0, 0, 0, 1])
    assert drags.Drag(gizmo, handle, view, start).to(start).matrix == pytest.approx(np.eye(4), abs=1e-9)
    if handle.kind == "ring":
        back = drags.turn(gizmo, handle.axis, -motion.degrees)
    else:
        back = drags.move(gizmo, -np.asarray(motion.mm))
    assert back.matrix @ motion.matrix == pytest.approx(np.eye(4), abs=1e-6)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_pixels_hit_the_handle_that_is_drawn_there(view):
    gizmo = upright()
    middle = view.project(AT)
    assert hit(gizmo, view, middle).name == "drag"
    assert hit(gizmo, view, middle + (60, 2)).name == "move x"
    assert hit(gizmo, view, middle + (2, -60)).name == "move z"
    assert hit(gizmo, view, middle + (36, 36)).name == "turn y"
    assert hit(gizmo, view, middle + (150, 0)) is None
    assert not shown(gizmo, gizmo.handle("move y"), view), "an arrow into the screen cannot be dragged"


def test_slices_show_facing_rings_only():
    names = {h.name for h in all_handles() if shown(upright(), h, coronal())}
    assert names == {"move x", "move z", "turn y", "drag"}
    assert {m.colour for m in gizmo_marks(upright(), coronal())} >= {AXIS_COLOURS[0], AXIS_COLOURS[2]}


def test_size_on_screen_does_not_depend_on_zoom_or_depth():
    for view in (coronal(0.1), coronal(2.0), camera(), camera(True), camera(True, 90.0)):
        line = view.project(strokes(upright(), upright().handle("move x"), view)[0])
        assert float(np.ptp(line[:, 0])) == pytest.approx(50, abs=0.5)


def test_axes_must_be_square():
    with pytest.raises(ValueError, match="square"):
        Gizmo(AT, np.ones((3, 3)), ())
    with pytest.raises(KeyError):
        upright().handle("nothing")


def cut(gap=4.0, normal=(0, 0, 1.0)):
    return Cut(Plane(AT, np.array(normal)), gap, 30.0, np.array([0, 0, 1.0]))


def test_line_of_the_cut_is_dragged_along_the_shaft():
    view = coronal()
    start = view.project(AT) + (10, 0)
    assert hit_cut(cut(), view, start) == "move"
    moved = CutDrag(cut(), "move", view, start).to(start + (0, -14))
    assert moved.plane.point_mm == pytest.approx(AT + (0, 0, 7))
    assert moved.gap_mm == 4
    coarse = CutDrag(cut(), "move", view, start).to(start + (0, -15), drags.COARSE)
    assert coarse.plane.point_mm[2] == pytest.approx(AT[2] + 8)


def test_oblique_cut_keeps_its_line_under_the_mouse_and_its_centre_on_the_shaft():
    view, tilted = coronal(), cut(normal=(np.sin(0.5), 0, np.cos(0.5)))
    start = view.project(AT)
    moved = CutDrag(tilted, "move", view, start).to(start + (7, -12))
    spot = view.ray(start + (7, -12)).origin_mm
    assert moved.plane.distance(spot) == pytest.approx(0, abs=1e-9)
    assert moved.plane.point_mm[:2] == pytest.approx(AT[:2])


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_end_of_the_cut_follows_the_mouse(view):
    """Half a millimetre a pixel: an end 30 mm from the middle, lifted by 30 mm, is a tilt of 45 degrees."""
    places = grips(cut(), view)
    name = max((n for n in places if n.startswith("tilt")), key=lambda n: view.project(places[n])[0])
    start = view.project(places[name])
    assert hit_cut(cut(), view, start) == name
    tilted = CutDrag(cut(), name, view, start).to(start + (0, -60))
    assert tilted.plane.normal == pytest.approx([-(0.5**0.5), 0, 0.5**0.5], abs=0.02)
    assert CutDrag(cut(), name, view, start).to(start + (0, -900)).plane.normal == pytest.approx([0, 0, 1])
    five = CutDrag(cut(), name, view, start).to(start + (0, -9), drags.COARSE)
    assert np.degrees(np.arccos(five.plane.normal[2])) == pytest.approx(10, abs=1e-6)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_gap_grows_on_both_sides_and_never_below_zero(view):
    start = view.project(grips(cut(), view)["gap"])
    assert hit_cut(cut(), view, start) == "gap"
    drag = CutDrag(cut(), "gap", view, start)
    assert drag.to(start + (0, -6)).gap_mm == pytest.approx(10, abs=0.1)
    assert drag.to(start + (0, 60)).gap_mm == 0
    assert drag.to(start + (0, -6)).plane.point_mm == pytest.approx(AT)


def test_disc_is_held_inside_its_radius_and_not_when_seen_from_above():
    view = CameraScreen(AT + (0, -400, 300), AT, np.array([0, 0, 1.0]), (400, 300), 75.0)
    assert hit_cut(cut(), view, view.project(AT + (-12, 5, 0))) == "move"
    assert hit_cut(cut(), view, view.project(AT + (0, 0, 55))) is None
    edge_on = camera()
    assert hit_cut(cut(), edge_on, edge_on.project(AT) + (5, 3)) == "move"
    assert hit_cut(cut(), edge_on, edge_on.project(AT) + (5, 30)) is None
    above = CameraScreen(AT + (0, 0, 400), AT, np.array([0, 1.0, 0]), (400, 300), 75.0)
    assert grips(cut(), above) == {}
    axial = SliceScreen(AT - (50, 50, 0), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), 1.0)
    assert hit_cut(cut(), axial, (50, 50)) is None
    assert cut_marks(cut(), axial) == []
    assert len(cut_marks(cut(), coronal())) == 6
    assert cut_marks(cut(), coronal(at=AT + (0, 31, 0))) == [], "the slice lies beside the cut"
    assert len(cut_placed(cut(), view)) == 5
    assert len(cut_placed(cut(), edge_on)) == 3


@given(angles, st.floats(0, 20), st.floats(0.5, 20))
def test_drawn_gap_is_carried_to_the_new_cut(turn, gap, wider):
    old, new = cut(gap), Cut(Plane(AT + (1, 2, 3), oblique(turn)[:, 2]), wider, 30.0, np.array([0, 0, 1.0]))
    m = old.to_new(new)
    centre, face = (
        m[:3, :3] @ p + m[:3, 3] for p in (AT, AT + max(gap, 0.2) / 2 * np.asarray(old.plane.normal))
    )
    assert centre == pytest.approx(new.plane.point_mm)
    assert face - centre == pytest.approx(wider / 2 * np.asarray(new.plane.normal), abs=1e-6)


def test_handles_look_as_in_the_stored_picture():
    """Off-screen picture of a plate with its handles against tests/scene/pictures/handles.png."""
    size = (220, 300)
    frame = samples.frame("left")
    held = samples.surface("left").points_mm
    at = cameras.bone_camera("anterior", frame, "left", held, size)
    eye = at.focus_mm + 400 * at.eye + 120 * at.up + 90 * at.right
    view = CameraScreen(eye, at.focus_mm, at.up, size, at.half_height_mm)
    seen = cameras.Camera(at.focus_mm, view.back, -view.down, at.half_height_mm)
    gizmo = Gizmo(samples.point("left", -16, 30, -60), frame.axes, all_handles(2))
    layers = [
        model.surface_layer("bone", samples.surface("left"), 0.4),
        *model.solids_layers(samples.plate("left")),
        *layers_of(gizmo_placed(gizmo, view, "turn z")),
    ]
    shot = picture(model.Scene(tuple(layers), frame, "left"), "anterior", size, seen)
    stored = np.asarray(Image.open(PICTURES / "handles.png").convert("RGB")).astype(int)
    different = np.abs(shot.astype(int) - stored).max(axis=-1) > 40
    assert different.mean() < 0.02
