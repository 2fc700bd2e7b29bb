"""Entry of the command line: finds the command, maps every error to its exit code."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from surgitwin import NOTICE, __version__
from surgitwin.cli.case_commands import info, mesh, new, scan, segment
from surgitwin.cli.catalogue_commands import catalogue
from surgitwin.cli.deidentify_commands import consent, deidentify
from surgitwin.cli.edit_command import edit
from surgitwin.cli.flow_command import flow
from surgitwin.cli.mesh_commands import mesh_surface, repair
from surgitwin.cli.model_command import models
from surgitwin.cli.network_commands import network
from surgitwin.cli.object_commands import object_
from surgitwin.cli.output import emit_error
from surgitwin.cli.plan_commands import plan
from surgitwin.cli.presets_command import presets
from surgitwin.cli.registration_command import register
from surgitwin.cli.rehearse_commands import rehearse
from surgitwin.cli.result_commands import compare, export, report, solve
from surgitwin.cli.study_commands import study
from surgitwin.cli.surface_command import surface
from surgitwin.cli.tool_commands import demo, doctor, open_case
from surgitwin.cli.tree_command import tree
from surgitwin.cli.verify_command import verify
from surgitwin.cli.vessel_commands import answers, landmarks
from surgitwin.cli.vessel_mesh_command import mesh_vessel
from surgitwin.core.errors import Cancelled, SurgiTwinError, UsageError, storage_error
from surgitwin.planning.settings import read_settings


@click.group(help=f"SurgiTwin {__version__}: plan an operation on the patient's own anatomy. {NOTICE}.")
@click.version_option(__version__, prog_name="surgitwin")
@click.option("-v", "--verbose", is_flag=True, help="Say more on stderr.")
def cli(verbose: bool) -> None:
    """Set up logging for all commands."""
    level = "INFO" if verbose else read_settings().log_level
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s: %(message)s")


for command in (
    scan,
    new,
    presets,
    models,
    segment,
    edit,
    register,
    tree,
    landmarks,
    answers,
    mesh,
    mesh_surface,
    mesh_vessel,
    repair,
    plan,
    rehearse,
    solve,
    compare,
    study,
    report,
    export,
    surface,
    object_,
    open_case,
    info,
    doctor,
    demo,
    verify,
    flow,
    catalogue,
    deidentify,
    consent,
    network,
):
    cli.add_command(command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (0, 2 to 7, 130)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    try:
        code: Any = cli.main(arguments, prog_name="surgitwin", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.UsageError as error:
        context = f" ({error.ctx.command_path})" if error.ctx else ""
        usage = UsageError(
            "usage.arguments",
            error.format_message() + context,
            hint="See `surgitwin --help` or `surgitwin COMMAND --help`.",
        )
        emit_error(usage, as_json)
        return usage.exit_code
    except SurgiTwinError as error:
        emit_error(error, as_json)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        emit_error(Cancelled(), as_json)
        return Cancelled.exit_code
    except BrokenPipeError:
        # The reader (for example `head`) has gone; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        failed = storage_error(error, str(error.filename or "a file"))
        emit_error(failed, as_json)
        return failed.exit_code
    return int(code or 0)
