"""What a host that was given a link to us may show instead of it (oembed.com, version 1.0).

Three forms. `frame`, for whoever finds us by discovery: a quote with the link, and a frame; WordPress keeps nothing
else, and the quote is what stays in feeds, without scripts, and after us. `element`, for a plugin that registered us:
the custom element, which needs no frame. `photo`, for hosts that want a picture.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from markupsafe import Markup

from campaigns.widget.drawing import Drawing
from campaigns.widget.frame import frame_size
from campaigns.widget.look import NAMES
from campaigns.widget.picture import drawn_as, size_of
from campaigns.widget.snippet import chosen, element

Form = Literal["frame", "element", "photo"]
CACHE_SECONDS = 300
URL_MAX, FIELDS_MAX = 2_000, 20
_PATH = re.compile(r"/(?:c|embed)/([a-z0-9-]{1,64})(?:/(?:donate|thanks))?/?", re.ASCII)

Document = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link of ours is about: a campaign's slug, and what of its query tells of a look."""

    slug: str
    look: Mapping[str, str]


def asked(url: str, public_url: str) -> Asked | None:
    """What `url` is about; None for one that is none of ours. Nothing else of its query is read."""
    if len(url) > URL_MAX:
        return None
    try:
        told, own = urlsplit(url), urlsplit(public_url)
        fields = dict(parse_qsl(told.query, max_num_fields=FIELDS_MAX))
    except ValueError:
        return None
    # A site behind https may still be linked to by http, and the other way round.
    if told.scheme not in ("http", "https") or told.netloc.lower() != own.netloc.lower():
        return None
    prefix = own.path.rstrip("/")
    found = _PATH.fullmatch(told.path.removeprefix(prefix)) if told.path.startswith(prefix) else None
    return Asked(found[1], {name: fields[name] for name in NAMES if name in fields}) if found else None


def document(bar: Drawing, form: Form, *, width_max: int | None, height_max: int | None) -> Document:
    """The answer for the campaign in `bar`, no larger than `width_max` by `height_max` pixels."""
    made: Document = {
        "version": "1.0",
        "type": "photo" if form == "photo" else "rich",
        "title": bar.snapshot.title,
        "provider_name": "Tidemark",
        "provider_url": bar.public_url,
        "cache_age": CACHE_SECONDS,
    }
    picture_width, picture_height = size_of(drawn_as(bar.look.kind))
    if form == "photo":
        width, height = _within(picture_width, picture_height, width_max, height_max)
        return made | {"url": _address(bar, f"/img/{bar.snapshot.slug}.png"), "width": width, "height": height}
    width, height, is_whole = frame_size(bar, width_max, height_max)
    own = (bar.snapshot.slug, bar.snapshot.title, bar.public_url)
    html = element(*own, look=bar.look) if form == "element" else _framed(bar, width, height, is_whole=is_whole)
    return made | {
        "html": str(html),
        "width": width,
        "height": height,
        "thumbnail_url": _address(bar, f"/img/{bar.snapshot.slug}.png"),
        "thumbnail_width": picture_width,
        "thumbnail_height": picture_height,
    }


def as_xml(document: Document) -> bytes:
    """The same document for `format=xml`."""
    root = ET.Element("oembed")
    for name, value in document.items():
        ET.SubElement(root, name).text = str(value)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _framed(bar: Drawing, width: int, height: int, *, is_whole: bool) -> Markup:
    scrolling = "no" if is_whole else "auto"
    return Markup(
        '<blockquote class="tidemark"><a href="{page}">{title}</a></blockquote>'
        '<iframe src="{src}" width="{width}" height="{height}" frameborder="0" scrolling="{scrolling}"'
        ' title="{title}"></iframe>'
    ).format(
        page=bar.page,
        title=bar.snapshot.title,
        src=_address(bar, f"/embed/{bar.snapshot.slug}"),
        width=width,
        height=height,
        scrolling=scrolling,
    )


def _address(bar: Drawing, path: str) -> str:
    said = urlencode(chosen(bar.look))
    return f"{bar.public_url}{path}" + (f"?{said}" if said else "")


def _within(width: int, height: int, width_max: int | None, height_max: int | None) -> tuple[int, int]:
    scale = min(1.0, (width_max or width) / width, (height_max or height) / height)
    return max(1, int(width * scale)), max(1, int(height * scale))
