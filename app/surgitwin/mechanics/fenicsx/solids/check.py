"""What can be wrong with a problem: the checks of `mechanics.model.check` and those of the material laws."""

from __future__ import annotations

from surgitwin.mechanics.fenicsx.laws.registry import LAWS, incompressible
from surgitwin.mechanics.fenicsx.laws.registry import faults as parameter_faults
from surgitwin.mechanics.model.check import Draft, Outline, draft_of, faults
from surgitwin.mechanics.model.faults import Fault, raise_faults
from surgitwin.mechanics.model.material import Material
from surgitwin.mechanics.model.model import Model
from surgitwin.mechanics.point_laws.registry import LAWS as POINT_LAWS
from surgitwin.mechanics.point_laws.registry import faults as point_faults


def check_model(model: Model) -> None:
    """Raise InputError "model.faults" that lists everything wrong with a model."""
    draft = draft_of(model)
    raise_faults([*faults(draft), *law_faults(draft)], model.name)


def law_faults(draft: Draft) -> list[Fault]:
    """Unknown laws, parameters out of range, missing fibres, laws that do not fit the strain or the form."""
    out = []
    for k, part in enumerate(draft.parts):
        for name, material in part.materials.items():
            place = f"parts[{k}] {part.name!r}: material" + (f" {name!r}" if name else "")
            out += [Fault(place, fact) for fact in _of_material(material, part, draft.large)]
    return out


def _of_material(m: Material, part: Outline, large: bool) -> list[str]:
    if m.law in LAWS:
        law = LAWS[m.law]
        found = parameter_faults(law, m.parameters, len(m.fibres))
        free_of_change = not found and incompressible(law, m.parameters)
        if not (law.large if large else law.small):
            kind = "finite" if large else "small"
            found.append(f"{m.law} is not for {kind} strain: set large = {str(not large).lower()}")
        if part.formulation == "mixed" and (law.bulk is None or (large and law.energy_isochoric is None)):
            found.append(f'{m.law} has no mixed form: use formulation = "displacement"')
        if part.formulation == "displacement" and free_of_change:
            found.append(f'{m.law} is incompressible here: use formulation = "mixed", or a finite bulk_MPa')
        return found
    if m.law in POINT_LAWS:
        found = point_faults(m.law, m.parameters)
        return [*found, "a law with memory has no mixed form"] if part.formulation == "mixed" else found
    known = ", ".join(sorted(set(LAWS) | set(POINT_LAWS)))
    return [f"there is no law called {m.law!r} (known: {known})"]
