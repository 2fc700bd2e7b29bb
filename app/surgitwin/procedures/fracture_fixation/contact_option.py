"""How free surfaces of a plan's implants meet bone: the options `contact` and `friction`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from surgitwin.core.errors import InputError
from surgitwin.core.plan import Plan
from surgitwin.mechanics.problem import ContactModel, ContactSettings
from surgitwin.procedures.base import Parameter
from surgitwin.procedures.fracture_fixation.options import option
from surgitwin.procedures.fracture_fixation.table import setting

MODELS: tuple[ContactModel, ...] = get_args(ContactModel)
UNSAID: ContactModel = "none"
"""What a plan file without the option means: it was written before there was one."""


def contact_model(plan: Plan) -> ContactModel:
    """The plan's model; `UNSAID` without the option. InputError "plan.option" for an unknown one."""
    return _parsed(plan, option("contact"), UNSAID)  # type: ignore[no-any-return]


def friction(plan: Plan) -> float:
    """Coulomb's coefficient between implant and bone in the model "contact"."""
    rule = option("friction")
    return float(_parsed(plan, rule, rule.default))


def contact_settings(plan: Plan) -> ContactSettings:
    """What the solver is told."""
    return ContactSettings(
        contact_model(plan),
        friction(plan),
        glue_mm=setting("contact_glue_mm"),
        penetration_mm=setting("contact_penetration_mm"),
    )


def with_contact(plan: Plan, model: str, coefficient: float | None = None) -> Plan:
    """The plan under another contact model; InputError "plan.option"."""
    options = {**plan.options, "contact": model}
    if coefficient is not None:
        options["friction"] = coefficient
    out = replace(plan, options=options)
    contact_settings(out)
    return out


def _parsed(plan: Plan, rule: Parameter, default: Any) -> Any:
    value = plan.options.get(rule.name, default)
    if rule.kind == "text" and value in rule.choices:
        return value
    number = not isinstance(value, bool) and isinstance(value, int | float)
    if rule.kind == "number" and number and (rule.minimum or 0.0) <= value <= (rule.maximum or 0.0):
        return value
    wanted = ", ".join(rule.choices) or f"{rule.minimum:g} to {rule.maximum:g}"
    raise InputError(
        "plan.option",
        f"Plan {plan.name}: the option {rule.name} = {value!r} is not one of {wanted}."
        if rule.choices
        else f"Plan {plan.name}: the option {rule.name} = {value!r} is not within {wanted}.",
        hint="Correct it under [options] of the plan file, or choose it on the Plans page.",
        where=f"{plan.name}: options.{rule.name}",
    )
