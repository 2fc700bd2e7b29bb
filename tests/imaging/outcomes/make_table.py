"""Writes the tables of outcomes anew: `python tests/imaging/outcomes/make_table.py ../shared/data`.

Read the difference line by line before it is committed: the table is what a person has judged right.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from pathlib import Path
from typing import Any

from outcome_table import PYDICOM, TABLES, outcome, pydicom_entries, shared_entries

ABOUT = "Outcome of every file and folder, written by make_table.py and judged by hand (README.md)."


def table_of(root: Path, names: list[str]) -> dict[str, Any]:
    return {name: outcome(root / name) for name in names}


def write(file: Path, table: dict[str, Any]) -> None:
    """One line for each series, so that a difference is read at a glance."""
    lines = [f"# {ABOUT}"]
    for name, entry in table.items():
        lines += ["", f"[{json.dumps(name)}]"]
        lines += [f"{key} = {_value(entry[key])}" for key in sorted(entry, key="series".__eq__)]
    file.write_text("\n".join(lines) + "\n")


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + "".join(f"  {_value(v)},\n" for v in value) + "]"
    return json.dumps(value)


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    write(TABLES["pydicom"], table_of(PYDICOM, pydicom_entries()))
    if len(sys.argv) > 1:
        root = Path(sys.argv[1])
        write(TABLES["shared"], table_of(root, shared_entries(root)))


if __name__ == "__main__":
    main()
