"""The supervisor's configuration and the prefixes, against the real supervisor."""

import io
import os
import signal
import subprocess
import sys
import time
from configparser import RawConfigParser
from datetime import UTC, datetime

from launcher.parts import Part, configuration, parts
from launcher.prefix import listen, prefixed
from launcher.up import addresses, environment, rewound
from quake.settings import Settings


def test_every_part_has_a_program_in_order(tmp_path):
    settings = Settings(data=tmp_path)
    config = RawConfigParser()
    config.read_string(configuration(parts(settings), tmp_path))
    programs = [name.removeprefix("program:") for name in config.sections() if name.startswith("program:")]
    assert programs == ["score", "serve", "gateway", "ingest", "notify", "dashboard"]
    assert [config[f"program:{name}"]["priority"] for name in programs] == ["1", "2", "3", "4", "5", "6"]
    assert [part.name for part in parts(settings, dashboard=False)] == programs[:5]


def test_a_part_that_dies_is_restarted_one_that_ends_is_not(tmp_path):
    """On the real supervisor: a crash counts three lives in a file, a clean end one; SIGTERM ends it all."""
    script = "import sys, time; open(sys.argv[1], 'a').write('x'); print('hello'); time.sleep(0.05); sys.exit({code})"
    files = {code: tmp_path / f"lives{code}" for code in (0, 3)}
    running = [
        Part(f"p{code}", (sys.executable, "-c", script.format(code=code), str(files[code])), may_end=True)
        for code in files
    ]
    config = tmp_path / "s.conf"
    config.write_text(configuration(running, tmp_path).replace("startsecs=2", "startsecs=0"))
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as supervisor:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not (files[3].exists() and len(files[3].read_text()) >= 3):
            time.sleep(0.05)
        os.kill(supervisor.pid, signal.SIGTERM)
        _, lines = supervisor.communicate(timeout=30)
    assert files[0].read_text() == "x" and len(files[3].read_text()) >= 3
    assert "       p3 | hello\n" in lines


def test_lines_are_prefixed_and_empty_ones_dropped():
    assert prefixed("score", "one\n\n two\n", colour=False) == "    score | one\n    score |  two\n"
    assert prefixed("score", "one", colour=True).startswith("\x1b[33m")


def test_the_listener_speaks_supervisors_protocol():
    body = b"processname:serve groupname:serve pid:1 channel:stdout\ncaf\xc3\xa9\n"
    header = f"ver:3.0 server:s serial:1 pool:log poolserial:1 eventname:PROCESS_LOG len:{len(body)}\n".encode()
    answers, log = io.StringIO(), io.StringIO()
    listen(io.BytesIO((header + body) * 2), answers, log)
    assert answers.getvalue() == "READY\nRESULT 2\nOKREADY\nRESULT 2\nOKREADY\n"
    assert log.getvalue() == "    serve | café\n" * 2


def test_parts_get_the_same_settings(tmp_path, monkeypatch):
    settings = Settings(data=tmp_path, feed="simulate:?seed=3", feeds=("usgs",), api_port=1234)
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_a_replay_knows_nothing_later_and_keeps_its_rows_apart(tmp_path):
    catalogue = tmp_path / "some.csv"
    catalogue.write_text("time,latitude,longitude,magnitude,id\n2023-02-06T01:17:34Z,37.2,37.0,7.8,a\n")
    live = Settings(data=tmp_path, feed=f"replay:{catalogue}", speed=60)
    other = rewound(live)
    assert other.mode == "replay" and other.warehouse == other.bus != live.bus and other.storage == live.storage
    assert abs((other.history_until - datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC)).total_seconds()) < 86_400
    assert rewound(live) == other and other.speed == 60.0


def test_a_simulation_starts_today_and_says_so(tmp_path):
    found = rewound(Settings(data=tmp_path, feed="simulate"))
    assert found.feed == f"simulate:?start={datetime.now(UTC):%Y-%m-%d}"
    assert rewound(Settings(data=tmp_path, feed="simulate:?seed=2")).warehouse != found.warehouse


def test_addresses_name_what_a_person_wants(tmp_path):
    text = addresses(Settings(data=tmp_path, api_port=8123), True, 12.3)
    assert "http://127.0.0.1:8123/docs" in text and "8501" in text and "quake watch" in text
    assert "8501" not in addresses(Settings(data=tmp_path), False, 1)
