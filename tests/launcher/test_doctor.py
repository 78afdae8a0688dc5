"""What the doctor finds."""

import socket

from launcher import doctor
from launcher.doctor import Finding, examine, report
from quake.settings import Settings


def test_this_machine_has_the_packages_and_a_taken_port_is_named(tmp_path, monkeypatch):
    async def silent(_settings, _timeout):
        return False

    monkeypatch.setattr("streaming.ingest.live_feed_answers", silent)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = {finding.name: finding for finding in examine(Settings(data=tmp_path / "new", api_port=port))}
    assert found["python"].well and found["disk"].well
    assert all(found[name].well for name in doctor.PACKAGES)
    assert not found[f"port {port}"].well and "QUAKE_API_PORT" in found[f"port {port}"].mend
    assert not found["live feed"].well


def test_a_missing_package_says_how_to_mend_it(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "PACKAGES", {"no-such-package": "nothing"})
    (finding,) = doctor._packages(Settings(data=tmp_path))
    assert not finding.well
    assert "no-such-package: make setup" in report([finding])


def test_all_well_is_said():
    assert report([Finding("python", True, "3.11")]).endswith("All is well.")
