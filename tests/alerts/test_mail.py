"""E-mails, through smtplib to a real SMTP server on loopback."""

import asyncio
from dataclasses import replace

import pytest

from alerts.channels import Parcel, Undeliverable
from alerts.channels.mail import MailChannel, compose
from alerts.rules import decide
from alerts.sequencer import Sequencer
from alerts.subscriptions import Subscription
from quake.settings import Settings
from tests.alerts.servers import SmtpServer

TO = Subscription(id="5f3a", channel="email", recipient="r1", address="a@example.org")


@pytest.fixture
def alerts(assessed):
    """The ALERT, UPDATE and CANCEL of one earthquake."""
    number = Sequencer("e1")
    chain, alert = decide(assessed(), None)
    chain, update = decide(assessed(2, magnitude=6.9), chain)
    _, cancel = decide(assessed(3, status="withdrawn"), chain)
    return [number.assign(draft) for draft in (alert, update, cancel)]


def mailed(*parcels, replies=()):
    """The mails that arrive when the parcels are sent one after the other."""

    async def act():
        async with SmtpServer() as server:
            server.replies = list(replies)
            channel = MailChannel(Settings(smtp=f"smtp://127.0.0.1:{server.port}", sender="quake@example.org"))
            for parcel in parcels:
                await channel.send(parcel)
            return server.mails

    return asyncio.run(act())


def test_a_mail_arrives_as_text_and_html(alerts):
    (mail,) = mailed(Parcel(alerts[0], TO))
    assert mail["To"] == "a@example.org" and mail["From"] == "Quakestream <quake@example.org>"
    assert mail["Subject"] == "ALERT yellow: M 6.4, 12 km S of Bolu, Turkey"
    plain = mail.get_body(("plain",)).get_content()
    assert alerts[0].headline in plain.replace("\r\n", "\n") and "quake subscribe remove 5f3a" in plain
    page = mail.get_body(("html",)).get_content()
    assert "Not an early warning" in page and "12 km S of Bolu" in page
    assert mail["List-Unsubscribe"] == "<mailto:quake@example.org?subject=unsubscribe%205f3a>"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["X-Quakestream-Exercise"] is None


def test_mails_of_one_earthquake_are_one_thread(alerts):
    first, second, third = mailed(
        Parcel(alerts[0], TO),
        Parcel(alerts[1], TO, (alerts[0].alert_id,)),
        Parcel(alerts[2], TO, (alerts[0].alert_id, alerts[1].alert_id)),
    )
    assert "In-Reply-To" not in first and "References" not in first
    assert second["In-Reply-To"] == first["Message-ID"] == second["References"]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
    assert third["Subject"].startswith("CANCELLED: ")


def test_a_mail_sent_again_has_the_same_message_id_and_another_reader_another(alerts):
    again = mailed(Parcel(alerts[0], TO), Parcel(alerts[0], TO))
    other = compose(Parcel(alerts[0], replace(TO, recipient="r2")), "quake@example.org", "http://x")
    assert again[0]["Message-ID"] == again[1]["Message-ID"] != other["Message-ID"]
    assert again[0].as_bytes() != b"" and again[0]["Date"] == again[1]["Date"]


def test_a_drill_says_so_in_subject_text_and_header(assessed):
    alert = Sequencer("e1").assign(decide(assessed(), None, drill=True)[1])
    (mail,) = mailed(Parcel(alert, TO))
    assert mail["Subject"].startswith("[EXERCISE, nothing happened] ALERT")
    assert mail.get_body(("plain",)).get_content().startswith("[EXERCISE, nothing happened]")
    assert mail["X-Quakestream-Exercise"] == "yes"


def test_a_place_cannot_forge_a_header_or_markup(alerts):
    forged = replace(alerts[0], place="Bolu\r\nBcc: all@example.org\x00 <script>", headline="<script>\n.\nQUIT")
    (mail,) = mailed(Parcel(forged, TO))
    assert mail["Bcc"] is None and "Bcc: all" in mail["Subject"]
    assert "<script>" not in mail.get_body(("html",)).get_content()
    assert "\n.\n" in mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_a_refusal_for_good_is_told_from_one_for_now(alerts):
    with pytest.raises(Undeliverable, match="550 no such user"):
        mailed(Parcel(alerts[0], TO), replies=["550 no such user"])
    with pytest.raises(OSError, match="451"):
        mailed(Parcel(alerts[0], TO), replies=["451 greylisted"])


@pytest.mark.parametrize("address", ["", "a", "a@", "@b.org", "a@b.org\nBcc: c@d.org", "a b@c.org", "Ä@b.org"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ValueError, match="like name@example.org"):
        MailChannel(Settings()).check(address)


def test_a_wrong_server_is_told_without_its_password():
    with pytest.raises(ValueError, match="QUAKE_SMTP") as told:
        MailChannel(Settings(smtp="imap://user:geheim@example.org"))  # pragma: allowlist secret
    settings = Settings(smtp="smtp://u:geheim@h")  # pragma: allowlist secret
    assert "geheim" not in str(told.value) + repr(settings)
    with pytest.raises(OSError, match="QUAKE_SMTP"):
        asyncio.run(MailChannel(Settings()).send(Parcel(None, TO)))
