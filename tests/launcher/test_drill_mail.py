"""A drill as an operator starts it, through the real engine and the real notifier, into a mailbox."""

import asyncio
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import pytest
from typer.testing import CliRunner

from launcher.__main__ import app
from quake.adapters.storage import open_storage
from quake.settings import Settings
from tests.alerts.servers import SmtpServer
from tests.serving.conftest import crown_model

PARTS = ("score", "notify")
MARK = "[EXERCISE, nothing happened]"


@pytest.fixture(name="quake")
def _quake(tmp_path, monkeypatch):
    """`await quake(...)` types it on an empty data folder with a champion, and returns what was printed."""
    monkeypatch.setenv("QUAKE_DATA", str(tmp_path))
    crown_model(open_storage(Settings(data=tmp_path).storage), "1")

    async def run(*words):
        done = await asyncio.to_thread(CliRunner().invoke, app, list(words))
        assert done.exit_code == 0, done.output
        return done.stdout.strip()

    return run


def test_chaos_a_drill_arrives_by_mail_marked_as_an_exercise_and_so_does_its_end(quake, monkeypatch):
    near, far = asyncio.run(drilled(quake, monkeypatch))
    assert far == []
    alert, cancel = near
    assert alert["Subject"].startswith(f"{MARK} ALERT red") and cancel["Subject"].startswith(f"{MARK} CANCELLED")
    for mail in near:
        assert mail["X-Quakestream-Exercise"] == "yes"
        assert all(MARK in mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert cancel["In-Reply-To"] == alert["Message-ID"]


async def drilled(quake, monkeypatch):
    """Mails of one who lives near the earthquake, and of one who does not, once both messages have arrived."""
    async with SmtpServer() as server:
        monkeypatch.setenv("QUAKE_SMTP", f"smtp://127.0.0.1:{server.port}")
        subscribe = ("subscribe", "add", "--channel", "email", "--radius-km", "300", "--to")
        await quake(*subscribe, "near@example.org", "--point", "35.7,139.7")
        await quake(*subscribe, "far@example.org", "--point", "0,0")
        with ExitStack() as parts:
            for part in PARTS:
                parts.enter_context(running(part))
            identity = await quake("drill", "--at", "35.7,139.7", "--magnitude", "7.1")
            await arrived(server, 1)
            await quake("drill", "--id", identity, "--cancel")
            await arrived(server, 2)
        return [[mail for mail in server.mails if mail["To"] == f"{who}@example.org"] for who in ("near", "far")]


@contextmanager
def running(part):
    """`quake PART` until the context ends."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-m", "launcher", part], **quiet) as process:
        try:
            yield
        finally:
            process.terminate()


async def arrived(server, count, within_s=240.0):
    """Returns once so many mails have come."""
    deadline = time.monotonic() + within_s
    while len(server.mails) < count:
        assert time.monotonic() < deadline, f"{len(server.mails)} of {count} mails"
        await asyncio.sleep(0.1)
