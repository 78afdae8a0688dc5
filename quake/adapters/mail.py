"""One e-mail handed to one SMTP server, by the standard library."""

import smtplib
import ssl
from contextlib import contextmanager
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
"""Scheme -> port: in the clear (loopback and inner networks), TLS asked for and demanded, TLS from the first byte."""
TIMEOUT_S = 20.0


class Rejected(ValueError):
    """The server refused this message for good."""


def check_server(url: str) -> str:
    """The URL of an SMTP server. Raises ValueError, which never quotes the URL: it may hold a password."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"not an SMTP server: QUAKE_SMTP must read SCHEME://HOST[:PORT], schemes {', '.join(PORTS)}")
    return url


def send_mail(server: str, message: EmailMessage, tls: ssl.SSLContext | None = None) -> str:
    """Hands the message to the server at the URL and returns its last answer.

    Raises Rejected when trying again would not help, OSError (smtplib.SMTPException is one) when it may.
    """
    try:
        with _connected(server, tls or ssl.create_default_context()) as connection:
            refused = connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        raise _as_told(error, error.recipients) from error
    except smtplib.SMTPDataError as error:
        raise _as_told(error, {"": (error.smtp_code, error.smtp_error)}) from error
    return "accepted" if not refused else f"accepted, {len(refused)} refused"


@contextmanager
def _connected(server: str, tls: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    parts = urlsplit(check_server(server))
    where = parts.hostname, parts.port or PORTS[parts.scheme]
    if parts.scheme == "smtps":
        connection = smtplib.SMTP_SSL(*where, timeout=TIMEOUT_S, context=tls)
    else:
        connection = smtplib.SMTP(*where, timeout=TIMEOUT_S)
    with connection:
        if parts.scheme == "smtp+starttls":
            connection.starttls(context=tls)
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        yield connection


def _as_told(error: smtplib.SMTPException, answers: dict[str, tuple[int, bytes]]) -> Exception:
    """Rejected where every answer is of class 5xx; else the error itself, which may pass."""
    if not all(500 <= code <= 599 for code, _ in answers.values()):
        return OSError(f"the server put the message off: {[code for code, _ in answers.values()]}")
    code, said = next(iter(answers.values()))
    return Rejected(f"{code} {said.decode('utf-8', 'replace')[:200]} ({type(error).__name__})")
