"""What staff choose on the embed page: a look, field by field, and the name that it is saved under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from campaigns.web.forms import ConsoleForm
from campaigns.widget.embeds import CHOICES, NAME_MAX, TERMS, Refusal, look_of, terms_of
from campaigns.widget.look import Look

# How the terms of a look are called in an address; the others by their own names.
ASKED_AS = {"language": "lang"}
WORDS = {
    "theme": {"auto": "As the reader’s device", "light": "Light", "dark": "Dark"},
    "density": {"comfortable": "Comfortable", "compact": "Compact"},
    "font": {
        "system": "The reader’s system",
        "serif": "With serifs",
        "humanist": "Humanist",
        "page": "The page’s own",
    },
    "leads": {"next": "The next milestone", "goal": "The goal"},
    "figure": {"kind": "As the kind has it", "amount": "The amount", "percent": "The percentage"},
    "amounts": {
        "locale": "As the language has it",
        "after": "Sign behind the number",
        "code": "With the ISO code",
    },
    "has_time_left": {"yes": "Told", "no": "Left out"},
    "has_donors": {"yes": "Told", "no": "Left out"},
}


class SaveForm(ConsoleForm):
    """The name of a look, and whether it is the campaign's own; the look itself comes along in hidden fields."""

    name = StringField("Name", [DataRequired("Give the look a name, such as Sidebar."), Length(max=NAME_MAX)])
    is_default = BooleanField("Use it wherever no other is named")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A look as it is chosen in a form: what was typed, what is wrong with it, and the look that is shown."""

    look: Look
    typed: Mapping[str, str]
    problems: Mapping[str, str]


def chosen(asked: Mapping[str, str], base: Look) -> Chosen:
    """What `asked` makes of `base`; where something in it is wrong, `base` is shown."""
    said = {name: asked[ASKED_AS.get(name, name)] for name in TERMS if ASKED_AS.get(name, name) in asked}
    typed = terms_of(base) | said
    try:
        look = look_of(typed)
    except Refusal as refusal:
        return Chosen(base, typed, refusal.problems)
    return Chosen(replace(look, key=base.key, saved=base.saved), typed, {})


def hidden(look: Look) -> list[tuple[str, str]]:
    """The look as fields of a form."""
    return [(ASKED_AS.get(name, name), value) for name, value in terms_of(look).items()]


def worded_choices() -> dict[str, list[tuple[str, str]]]:
    """For each choice among words, its values and what they are called."""
    allowed = {**CHOICES, "has_time_left": ("yes", "no"), "has_donors": ("yes", "no")}
    return {name: [(value, WORDS[name][value]) for value in values] for name, values in allowed.items()}
