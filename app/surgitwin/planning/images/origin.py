"""What the open case was made from, in words."""

from __future__ import annotations

from surgitwin.planning.case import Case
from surgitwin.planning.images.series_tree import SEXES, words_of_date
from surgitwin.planning.privacy.identity import DEIDENTIFIED


def import_facts(case: Case) -> tuple[str, ...]:
    """Lines: case, series, patient (coded), body weight, notes of the scan."""
    state = case.state
    series, patient, header = state["series"], state["patient"], state["header"]
    what = " ".join(w for w in (series.get("modality"), series.get("description")) if w)
    when = words_of_date(str(header.get("date") or ""))
    lines = [case.name, ", ".join(w for w in (what, when and f"taken {when}", _size(series)) if w)]
    who = [w for w in (patient.get("patient_code"), SEXES.get(patient.get("sex") or ""), _age(patient)) if w]
    kg = state.get("body_weight_kg")
    sources = {"DICOM": "from the image header", "given": "as given"}
    source = sources.get(str(state.get("body_weight_source")), "")
    who.append(f"{kg:g} kg {source}".strip() if kg else "body weight not known")
    named = "Patient " if len(who) > 1 else "Patient: "  # an image file may name nobody
    lines.append(named + ", ".join(who))
    if state.get(DEIDENTIFIED):
        lines.append("Without identity: no ID, UID, date or description of the originals is in this case.")
    problems = [str(p["message"]) for p in series.get("problems") or []]
    return (*lines, *problems, *[str(n) for n in series.get("notes") or []])


def _size(series: dict[str, object]) -> str:
    shape, spacing = series.get("shape"), series.get("spacing_mm")
    if not isinstance(shape, list) or not isinstance(spacing, list):
        return ""
    return f"{shape[0]} slices {float(spacing[0]):.2f} mm apart, pixel {float(spacing[2]):.2f} mm"


def _age(patient: dict[str, object]) -> str:
    """ "045Y" as "45 years"."""
    age = str(patient.get("age") or "")
    units = {"Y": "years", "M": "months", "W": "weeks", "D": "days"}
    if len(age) == 4 and age[:3].isdigit() and age[3] in units:
        return f"{int(age[:3])} {units[age[3]]}"
    return age
