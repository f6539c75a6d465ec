"""`python -m tests.language [LANGUAGE …]`: all catalogs brought up to the sources, new languages begun."""

from __future__ import annotations

import sys

from campaigns.translations import FOLDER
from tests.language.words import extracted, untranslated, updated


def main(languages: list[str]) -> int:
    """Writes the catalogs; 1 where words are missing."""
    found, missing = extracted(), 0
    for language in sorted({*languages, *(path.stem for path in FOLDER.glob("*.po"))}):
        catalog = updated(language, found)
        (FOLDER / f"{language}.po").write_bytes(catalog)
        waiting = untranslated(catalog)
        missing += len(waiting)
        sys.stdout.write(f"{language}: {len(found)} sentences, {len(waiting)} without words\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
