"""Colours by what they mean, in a dark and a light set. Text keeps a contrast of 4.5:1 (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """Every colour as "#rrggbb".

    background: behind everything; panel: side panels and cards; raised: buttons and tips; field: where one
    types and lists. text, muted (second line), disabled. accent: what acts; on_accent: text on it.
    selection: what is chosen or pressed. ok, warning, error, stale (out of date): words and marks of state.
    notice: the band "not for clinical use". axial, sagittal, coronal, scene: frames of the four views.
    view, view_text: behind the slices, dark in both sets because images are judged on dark.
    """

    name: str
    background: str
    panel: str
    raised: str
    field: str
    border: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    selection: str
    on_selection: str
    ok: str
    warning: str
    error: str
    stale: str
    notice: str
    on_notice: str
    axial: str
    sagittal: str
    coronal: str
    scene: str
    view: str = "#0b0d10"
    view_text: str = "#e9ecef"


DARK = Theme(
    name="dark",
    background="#14171b",
    panel="#1c2025",
    raised="#2a3037",
    field="#101317",
    border="#444c56",
    text="#eceff3",
    muted="#aeb8c4",
    disabled="#7d8792",
    accent="#62aeea",
    on_accent="#08131f",
    selection="#1f5c8a",
    on_selection="#ffffff",
    ok="#74d093",
    warning="#f2bd55",
    error="#ff938a",
    stale="#c3b3dc",
    notice="#8f1d2c",
    on_notice="#ffffff",
    axial="#e5544b",
    sagittal="#e8c547",
    coronal="#4fb86a",
    scene="#62aeea",
)

LIGHT = Theme(
    name="light",
    background="#e9edf1",
    panel="#f6f8fa",
    raised="#ffffff",
    field="#ffffff",
    border="#aab4bf",
    text="#171d24",
    muted="#48535f",
    disabled="#7b8590",
    accent="#12609f",
    on_accent="#ffffff",
    selection="#c4def5",
    on_selection="#0b2136",
    ok="#17642f",
    warning="#7d4a00",
    error="#ab1f17",
    stale="#5f4f7c",
    notice="#8f1d2c",
    on_notice="#ffffff",
    axial="#c62828",
    sagittal="#947000",
    coronal="#2e7d32",
    scene="#12609f",
)


def luminance(colour: str) -> float:
    """Relative luminance 0..1 of "#rrggbb" (WCAG 2.2, definition of relative luminance)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1..21 of two colours (WCAG 2.2, definition of contrast ratio)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
