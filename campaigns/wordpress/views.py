"""The plugin to download, for staff."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from campaigns.web import session as web
from campaigns.web.auth import requires
from campaigns.wordpress.package import FILE_NAME, package

blueprint = Blueprint("wordpress", __name__, url_prefix="/console")


@blueprint.get("/wordpress-plugin.zip")
@requires("viewer")
def download() -> Response:
    """The zip for this installation."""
    response = make_response(package(web.settings().public_url))
    response.headers["Content-Type"] = "application/zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response
