"""presets: what `segment --preset` can make, with steps, settings and clicks."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from surgitwin.cli.output import Output, speaks, table

if TYPE_CHECKING:
    from surgitwin.segmentation.presets import Preset


@click.command()
@click.argument("name", required=False)
@speaks
def presets(name: str | None) -> Output:
    """List the segmentation presets; with NAME, its steps, settings (unit, value, source) and clicks."""
    from surgitwin.segmentation.presets import listed, load_preset

    if name is not None:
        one = load_preset(name)
        return Output({"presets": [as_data(one)]}, _sheet(one))
    found = listed()
    rows = [[p.name, p.modality, p.makes or p.title] for p in found]
    return Output({"presets": [as_data(p) for p in found]}, table(rows, ["preset", "image", "makes"]))


def as_data(preset: Preset) -> dict[str, Any]:
    """The preset as plain values."""
    return {
        "name": preset.name,
        "title": preset.title,
        "makes": preset.makes,
        "modality": preset.modality,
        "unit": preset.unit,
        "site": preset.site or None,
        "segments": [{"name": s.name, "code": s.code} for s in preset.segments],
        "steps": [asdict(s) for s in preset.steps],
        "parameters": [asdict(p) for p in preset.details],
        "points": [asdict(p) for p in preset.points],
    }


def _sheet(preset: Preset) -> str:
    details = {p.name: p for p in preset.details}
    lines = [f"{preset.name}: {preset.title} ({preset.modality}). {preset.makes}."]
    for point in preset.points:
        need = "needed" if point.needed else "optional"
        lines.append(f"--point {point.name}=x,y,z ({need}): {point.hint.rstrip('.')}.")
    for number, step in enumerate(preset.steps, start=1):
        lines.append(f"{number}. {step.title}")
        rows = [
            [f"  --set {k}", f"{details[k].value:g} {details[k].unit}".strip(), details[k].does]
            for k in step.parameters
        ]
        lines += [table(rows, ["  setting", "value", "does"])] if rows else []
    return "\n".join(lines)
