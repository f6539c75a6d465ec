"""SVG to PNG, in a process of its own: `python painter.py`, a request of JSON in, the picture out.

The renderer holds Python's lock for the 20 to 80 ms that it draws. Inside a serving process it would halt every other
request for that long; beside one it costs nobody else anything, and a picture that went wrong takes nothing along.
The file imports nothing of ours, so that it starts in 20 ms.
"""

from __future__ import annotations

import json
import sys

import resvg_py


def paint(svg: str, scale: int, fonts: list[str]) -> bytes:
    """The picture, `scale` times as large as the SVG says. No font but the given ones is looked at."""
    return resvg_py.svg_to_bytes(svg_string=svg, zoom=scale, skip_system_fonts=True, font_files=fonts)


if __name__ == "__main__":
    sys.stdout.buffer.write(paint(**json.loads(sys.stdin.buffer.read())))
