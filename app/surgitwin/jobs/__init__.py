"""Worker processes: a job is a folder with a request, typed events and a result."""

from surgitwin.jobs.runner import run

__all__ = ["run"]
