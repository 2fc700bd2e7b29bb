"""The artery of a plan: its narrowing, which kind of vessel it is, where the stent stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgitwin.anatomy.artery.types import ArteryAnatomy, Branch, Lesion
from surgitwin.core.errors import GeometryError, InputError
from surgitwin.core.plan import Plan
from surgitwin.implants import StentItem, stent
from surgitwin.procedures.stent.table import setting
from surgitwin.procedures.vessel import VesselContext

OPTION_HINT = "Segment the artery between two clicks on either side of the narrowing first."


@dataclass(frozen=True, eq=False)
class Site:
    """The treated narrowing in its artery. vessel: row of ``resources/vessel_walls.toml``."""

    artery: ArteryAnatomy
    lesion: Lesion
    vessel: str

    @classmethod
    def of(cls, context: VesselContext, options: Mapping[str, Any]) -> Site:
        """The site that the options name.

        Raises InputError "stent.no_artery", GeometryError "stent.no_lesion".
        """
        artery = context.anatomy
        if not isinstance(artery, ArteryAnatomy):
            raise InputError(
                "stent.no_artery", "A stent plan needs an artery; this case holds none.", hint=OPTION_HINT
            )
        number = int(options.get("lesion", 1))
        if number > len(artery.lesions):
            found = len(artery.lesions)
            raise GeometryError(
                "stent.no_lesion",
                f"The artery has {found} narrowing{'' if found == 1 else 's'}; number {number} was wanted.",
                hint="Choose one of those found." if found else OPTION_HINT,
                where="lesion",
            )
        lesion = artery.lesions[number - 1]
        by_size = "coronary" if lesion.reference_mm < setting("coronary_below_mm") else "peripheral"
        return cls(artery, lesion, str(options.get("vessel", by_size)))

    @property
    def range_mm(self) -> tuple[float, float]:
        """First and last arc length of the measured vessel."""
        s = self.artery.tube.course.s_mm
        return float(s[0]), float(s[-1])

    def reference_at(self, s_mm: float) -> float:
        """Healthy diameter at an arc length, mm."""
        return float(np.interp(s_mm, self.artery.tube.course.s_mm, self.artery.reference_mm))


@dataclass(frozen=True, eq=False)
class Stented:
    """One stent at its place: the item, the arc lengths of its ends and its inflated outer diameter (the
    label's when self-expanding).
    """

    site: Site
    item: StentItem
    start_mm: float
    end_mm: float
    diameter_mm: float

    @classmethod
    def of(cls, context: VesselContext, plan: Plan) -> Stented:
        """The stent of a plan; errors as `Site.of` and `item_of`."""
        site, item = Site.of(context, plan.options), item_of(plan)
        middle = float(plan.options["position_mm"])
        half = item.length_mm / 2
        return cls(site, item, middle - half, middle + half, diameter_of(plan, item))

    @property
    def balloon(self) -> bool:
        """Whether a balloon expands it."""
        return self.item.expansion == "balloon_expandable"

    @property
    def treated_mm(self) -> tuple[float, float]:
        """Arc lengths between the outermost ends of stent and narrowing, within the measured vessel."""
        low, high = self.site.range_mm
        lesion = self.site.lesion
        return max(low, min(self.start_mm, lesion.start_mm)), min(high, max(self.end_mm, lesion.end_mm))

    @property
    def covered(self) -> tuple[Branch, ...]:
        """Side branches whose mouth lies at least partly under the stent."""
        return tuple(
            b
            for b in self.site.artery.branches
            if self.start_mm - (b.diameter_mm or 0) / 2 < b.s_mm < self.end_mm + (b.diameter_mm or 0) / 2
        )


def item_of(plan: Plan) -> StentItem:
    """The stent of a plan; InputError "implant.unknown", "implant.wrong_kind", "stent.one_stent"."""
    if len(plan.implants) != 1:
        raise InputError(
            "stent.one_stent",
            f"A stent plan holds one stent; {plan.name} holds {len(plan.implants)}.",
            hint="Make one plan for each stent.",
            where=plan.name,
        )
    return stent(plan.implants[0].catalogue_id)


def diameter_of(plan: Plan, item: StentItem) -> float:
    """Outer diameter at full inflation, or the label's when self-expanding."""
    if item.expansion == "self_expanding":
        return item.diameter_mm
    return float(plan.options.get("balloon_mm", item.diameter_mm))
