"""Alerts as e-mails, plain text and HTML; all of one earthquake in one thread."""

import asyncio
import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from alerts.cap import INSTRUCTION, identifier, sendable
from alerts.channels import Parcel, Undeliverable
from alerts.message import title
from quake.adapters.mail import Rejected, check_server, send_mail
from quake.settings import Settings

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
POLICY = SMTP.clone(max_line_length=900)
"""Headers stay on one line where the standard's 998 characters allow: some readers show a folded subject oddly."""
COLOURS = {"none": "#5a6675", "green": "#2e7d32", "yellow": "#a37b00", "orange": "#c75100", "red": "#b3261e"}


class MailChannel:
    """Through the SMTP server of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._server = check_server(settings.smtp) if settings.smtp else ""
        self._sender, self._api_url = settings.sender, settings.api_url

    def check(self, address: str) -> str:
        """The mail address; its domain in small letters."""
        if not ADDRESS.fullmatch(address.strip()):
            raise ValueError(f"not a mail address: {address!r}; like name@example.org")
        name, _, domain = address.strip().rpartition("@")
        return f"{name}@{domain.lower()}"

    async def send(self, parcel: Parcel) -> None:
        """One mail; a mail sent again carries the same Message-ID."""
        if not self._server:
            raise OSError("no mail server: set QUAKE_SMTP")
        message = compose(parcel, self._sender, self._api_url)
        try:
            await asyncio.to_thread(send_mail, self._server, message)
        except Rejected as error:
            raise Undeliverable(str(error)) from error


def compose(parcel: Parcel, sender: str, api_url: str) -> EmailMessage:
    """The mail, with a Message-ID that depends on alert and recipient only."""
    alert, to = parcel.alert, parcel.to
    message = EmailMessage(policy=POLICY)
    message["From"] = f"Quakestream <{sender}>"
    message["To"] = to.address
    message["Subject"] = _line(title(alert))
    message["Date"] = format_datetime(alert.sent_at)
    message["Message-ID"] = message_id(f"{identifier(alert)}.{to.recipient}", sender)
    earlier = [message_id(f"{alert.epoch}.{each}.{to.recipient}", sender) for each in parcel.told]
    if earlier:
        message["In-Reply-To"] = earlier[-1]
        message["References"] = " ".join(earlier)
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<mailto:{sender}?subject=unsubscribe%20{to.id}>"
    if alert.drill:
        message["X-Quakestream-Exercise"] = "yes"
    url = f"{api_url}/v1/alerts/{alert.alert_id}"
    message.set_content(_plain(parcel, url), cte="quoted-printable")
    message.add_alternative(_html(parcel, url), subtype="html", cte="quoted-printable")
    return message


def message_id(name: str, sender: str) -> str:
    """`<name@domain of the sender>`."""
    return f"<{re.sub('[^A-Za-z0-9._-]', '-', name)}@{sender.rpartition('@')[2]}>"


def _farewell(parcel: Parcel) -> str:
    return (
        f"You get this by subscription {parcel.to.id}. To end it, answer with the word unsubscribe; "
        f"the operator then runs: quake subscribe remove {parcel.to.id}"
    )


def _plain(parcel: Parcel, url: str) -> str:
    alert = parcel.alert
    where = f"{alert.latitude:.3f}, {alert.longitude:.3f}" + (
        "" if alert.depth_km is None else f", {alert.depth_km:.0f} km deep"
    )
    lines = [alert.headline, f"Where: {where}", f"More: {url}", INSTRUCTION, f"-- \n{_farewell(parcel)}"]
    return sendable("\n\n".join(lines)) + "\n"


def _html(parcel: Parcel, url: str) -> str:
    alert = parcel.alert
    return sendable(
        f'<!doctype html><html lang="en"><body style="font-family:sans-serif;max-width:40em">'
        f'<h1 style="font-size:1.2em;color:{COLOURS[alert.alert_level]}">{escape(title(alert))}</h1>'
        f"<p>{escape(alert.headline)}</p><p>{escape(INSTRUCTION)}</p>"
        f'<p><a href="{escape(url)}">The whole message</a> ({alert.latitude:.3f}, {alert.longitude:.3f})</p>'
        f'<p style="color:#5a6675;font-size:0.9em">{escape(_farewell(parcel))}</p></body></html>'
    )


def _line(text: str) -> str:
    """One line: a place name with a line break must not become a header."""
    return " ".join(sendable(text).split())
