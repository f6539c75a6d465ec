"""`tidemark NOUN VERB`: every feature's commands under one group."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil

import click

import campaigns
from campaigns import commands


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(campaigns.__version__, prog_name="tidemark")
def tidemark() -> None:
    """Fundraising campaigns whose progress bars count only money that really arrived."""


def main() -> None:
    """Entry of the console script."""
    tidemark(prog_name="tidemark")


def _gather() -> None:
    """Adds what runs the installation, and the commands of every feature that has a `cli` (nothing lists them)."""
    for command in (commands.db_group, commands.serve, commands.work, commands.demo):
        tidemark.add_command(command)
    for found in pkgutil.iter_modules(campaigns.__path__):
        name = f"campaigns.{found.name}.cli"
        if found.ispkg and importlib.util.find_spec(name):
            module = importlib.import_module(name)
            for command in getattr(module, "commands", ()) or (module.group,):
                tidemark.add_command(command)


_gather()
