"""The parts of a running service, and the Supervisor configuration that keeps them up."""

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from quake.settings import Settings


@dataclass(frozen=True, slots=True)
class Part:
    """One process: its name in logs and its command."""

    name: str
    command: tuple[str, ...]
    may_end: bool = False
    """Whether a clean exit is the end of its work, as of a replay; anything else is started again."""


def parts(settings: Settings, dashboard: bool = True) -> list[Part]:
    """What runs, in starting order. The engine comes first, so that its subscription misses no report."""
    quake = (sys.executable, "-m", "launcher")
    running = [Part(name, (*quake, name), may_end=name == "ingest") for name in ("score", "serve", "ingest", "notify")]
    running.insert(2, Part("gateway", (sys.executable, "-m", "serving.gateway")))
    if dashboard:
        from dashboard.run import command

        running.append(Part("dashboard", tuple(command(settings))))
    return running


def configuration(running: list[Part], folder: Path) -> str:
    """The supervisord.conf that runs the parts in the foreground and hands their log lines to `launcher.prefix`."""
    common = "startsecs=2\nstartretries=100\nstopasgroup=true\nkillasgroup=true\nstopwaitsecs=15\n"
    user = "user=root\n" if os.geteuid() == 0 else ""
    files = f"logfile={folder / 'supervisor.log'}\npidfile={folder / 'supervisor.pid'}\n"
    head = f"[supervisord]\nnodaemon=true\nsilent=true\n{user}{files}"
    programs = [_program(part, f"priority={order}\n{common}") for order, part in enumerate(running, start=1)]
    listen = _quoted((sys.executable, "-m", "launcher.prefix"))
    listener = f"[eventlistener:log]\ncommand={listen}\nevents=PROCESS_LOG\nbuffer_size=10000\n"
    listener += "stderr_logfile=/dev/fd/2\nstderr_logfile_maxbytes=0\n"
    return "\n".join([head, *programs, listener])


def _program(part: Part, common: str) -> str:
    restart = f"autorestart={'unexpected' if part.may_end else 'true'}\n"
    events = "stdout_logfile=NONE\nstdout_events_enabled=true\nredirect_stderr=true\n"
    return f"[program:{part.name}]\ncommand={_quoted(part.command)}\n{common}{restart}{events}"


def _quoted(command: tuple[str, ...]) -> str:
    """A command line for supervisord, which splits as a shell does and expands `%`."""
    return shlex.join(command).replace("%", "%%")
