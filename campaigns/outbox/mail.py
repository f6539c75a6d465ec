"""Mail out: a letter in text and HTML, handed to the SMTP server of the settings."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from campaigns.clock import now as present
from campaigns.outbox.delivery import Never, NotNow
from campaigns.settings import Settings

SECONDS_MAX = 30
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
SUBJECT_MAX = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person. `key` names it: the same letter has the same Message-ID however often it is sent."""

    key: str
    to: str
    subject: str
    text: str
    html: str
    language: str


def compose(letter: Letter, settings: Settings) -> EmailMessage:
    """The message. Whatever a name or a title holds, a header is one line."""
    sender_name, sender = parseaddr(settings.mail_from or "")
    host = urlsplit(settings.public_url).hostname or "localhost"
    message = EmailMessage()
    message["From"] = Address(_line(sender_name), addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = _line(letter.subject)[:SUBJECT_MAX]
    message["Date"] = format_datetime(present())
    message["Message-ID"] = f"<{sha256(letter.key.encode()).hexdigest()[:32]}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's holiday answers it
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.language  # last: making parts would take it along into one
    return message


def send(letter: Letter, settings: Settings) -> None:
    """Hands the letter over. Raises NotNow or Never, neither of which tells the address."""
    if settings.smtp_url is None or settings.mail_from is None:
        raise NotNow("no mail can be sent: TIDEMARK_SMTP_URL and TIDEMARK_MAIL_FROM are not set")
    try:
        message = compose(letter, settings)
    except (ValueError, IndexError) as error:  # what the library's parser makes of an address that is none
        raise Never("the address is none that a mail can be sent to") from error
    try:
        with _connected(settings.smtp_url) as connection:
            connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({code for code, _ in error.recipients.values()})
        refused = f"the mail server refused the recipient ({', '.join(map(str, codes))})"
        raise (Never if all(code >= 500 for code in codes) else NotNow)(refused) from error
    except smtplib.SMTPAuthenticationError as error:
        raise NotNow(f"the mail server does not take our login ({error.smtp_code})") from error
    except smtplib.SMTPResponseException as error:
        raise NotNow(f"the mail server refused the mail ({error.smtp_code})") from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotNow(f"the mail server does not answer ({type(error).__name__})") from error


@contextmanager
def _connected(url: str) -> Iterator[smtplib.SMTP]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS_MAX, context=context)
    else:
        opened = smtplib.SMTP(host, port, timeout=SECONDS_MAX)
    with opened as connection:
        if parts.scheme == "smtp+starttls":
            connection.starttls(context=context)
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        yield connection


def _line(text: str) -> str:
    """`text` without anything that could end a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
