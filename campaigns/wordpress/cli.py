"""`tidemark wordpress-plugin`."""

from __future__ import annotations

from pathlib import Path

import click

from campaigns.web import commandline
from campaigns.wordpress.package import FILE_NAME, package


@click.command("wordpress-plugin")
@click.option(
    "--output",
    default=FILE_NAME,
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the zip.",
)
def wordpress_plugin(output: Path) -> None:
    """Make the WordPress plugin for this installation: a zip to upload under Plugins."""
    settings = commandline.settings()
    try:
        output.write_bytes(package(settings.public_url))
    except OSError as error:
        commandline.refuse(f"{output} cannot be written: {error.strerror}; name another file with --output")
    click.echo(f"{output} is made for {settings.public_url}")


commands = (wordpress_plugin,)
