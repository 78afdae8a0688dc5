"""CAP 1.2: against the XML Schema of OASIS (schemas/README.md), and against the rules of the standard's section 3 that
a schema cannot say."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from alerts.atom import atom
from alerts.cap import NAMESPACE, cap, check_sender, reach_km
from alerts.message import STANDING_WARNING
from alerts.rules import decide, expire
from alerts.sequencer import Sequencer

SCHEMA = etree.XMLSchema(file=str(Path(__file__).parent / "schemas" / "CAP-v1.2.xsd"))
SENDER, WEB = "alerts@example.org", "https://example.org/v1/alerts/q.1"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d"


@pytest.fixture
def chain(assessed):
    """A chain's three messages: ALERT, UPDATE, CANCEL; and the EXPIRED that could have been the last."""

    def make(drill=False, **changes):
        number = Sequencer("9f1c2a7e", 40)
        state, alert = decide(assessed(**changes), None, drill=drill)
        state, update = decide(assessed(2, magnitude=6.9, alert_level="orange", **changes), state)
        _, cancel = decide(assessed(3, status="withdrawn", **changes), state)
        _, expired = expire(state, assessed(6 * 24 * 8).assessed_at, 999)
        first, second = number.assign(alert), number.assign(update)
        return [first, second, number.assign(cancel), replace(number.assign(expired), seq=43)]

    return make


def document(alert, log=()):
    """The parsed document, valid by the schema."""
    root = etree.fromstring(cap(alert, [each for each in log if each.seq < alert.seq], SENDER, WEB))
    SCHEMA.assertValid(root)
    check_rules(root)
    return root


def text(root, name):
    """The text of the only element of that name."""
    (found,) = root.iter(f"{{{NAMESPACE}}}{name}")
    return found.text


def check_rules(root):
    """What CAP 1.2 demands and its schema leaves open."""
    for name in ("identifier", "sender"):
        assert re.fullmatch(r"[^\s,<&]+", text(root, name)), "3.2.1: no spaces, commas or restricted characters"
    for name in ("sent", "effective", "onset", "expires"):
        assert re.fullmatch(TIME, text(root, name)) and not text(root, name).endswith("+00:00"), "3.3.2: UTC is -00:00"
    kind, references = text(root, "msgType"), [each.text for each in root.iter(f"{{{NAMESPACE}}}references")]
    assert kind == "Alert" or references, "an Update or Cancel names what it follows"
    for reference in " ".join(references).split():
        assert re.fullmatch(rf"[^\s,]+,[^\s,]+,{TIME}", reference), "3.2.1: sender,identifier,sent"
    areas = list(root.iter(f"{{{NAMESPACE}}}area"))
    assert areas
    for area in areas:
        (circle,) = area.iter(f"{{{NAMESPACE}}}circle")
        latitude, longitude, radius = re.fullmatch(r"(-?[\d.]+),(-?[\d.]+) ([\d.]+)", circle.text).groups()
        assert -90 <= float(latitude) <= 90 and -180 <= float(longitude) <= 180 and float(radius) > 0
    assert len(text(root, "headline")) <= 160
    assert all((each.text or "").strip() for each in root.iter() if len(each) == 0), "no empty element"


def test_cap_of_an_alert_says_what_it_is(chain):
    root = document(chain()[0])
    said = {name: text(root, name) for name in ("status", "msgType", "scope", "category", "urgency", "severity")}
    assert said == {
        "status": "Actual", "msgType": "Alert", "scope": "Public", "category": "Geo", "urgency": "Future",
        "severity": "Moderate",
    }  # fmt: skip
    assert text(root, "certainty") == "Likely" and text(root, "sent") == "2026-03-01T12:10:00-00:00"
    assert STANDING_WARNING in text(root, "instruction") and text(root, "language") == "en"
    assert text(root, "identifier") == "9f1c2a7e.q20260301-abcdefgh.1"
    assert text(root, "circle") == "40.0000,30.0000 100.0"


def test_cap_references_every_earlier_message_of_the_chain(chain):
    log = chain()
    update, cancel = document(log[1], log), document(log[2], log)
    first = f"{SENDER},9f1c2a7e.q20260301-abcdefgh.1,2026-03-01T12:10:00-00:00"
    second = f"{SENDER},9f1c2a7e.q20260301-abcdefgh.2,2026-03-01T12:20:00-00:00"
    assert text(update, "msgType") == "Update" and text(update, "references") == first
    assert text(cancel, "msgType") == "Cancel" and text(cancel, "references") == f"{first} {second}"
    assert text(cancel, "severity") == text(cancel, "certainty") == "Unknown"
    assert text(cancel, "note") == "Withdrawn by its agency."


def test_cap_of_what_has_run_its_time_cancels_nothing(chain):
    log = chain()
    root = document(log[3], log)
    assert text(root, "msgType") == "Update" and text(root, "urgency") == "Past"
    assert text(root, "expires") == text(root, "sent")


@pytest.mark.parametrize(
    ("drill", "mode", "status"), [(True, "live", "Exercise"), (False, "replay", "Test"), (True, "simulate", "Exercise")]
)
def test_cap_status_of_what_did_not_happen_now(chain, drill, mode, status):
    log = chain(drill, mode=mode)
    for alert in log:
        root = document(alert, log)
        assert text(root, "status") == status
        assert text(root, "description").startswith("[EXERCISE, nothing happened]") is drill
        assert text(root, "note").startswith(f"Exercise {alert.quake_id}: nothing happened.") is drill


@given(
    place=st.text(max_size=300),
    magnitude=st.none() | st.floats(-1, 10),
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    level=st.sampled_from(["none", "green", "yellow", "orange", "red"]),
    offset=st.integers(-14, 14),
)
def test_cap_is_valid_whatever_the_earthquake(place, magnitude, latitude, longitude, level, offset, chain_of_one):
    at = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=offset)))
    changed = {"place": place, "magnitude": magnitude, "latitude": latitude, "longitude": longitude}
    root = document(replace(chain_of_one, alert_level=level, sent_at=at, **changed))
    assert text(root, "sent") == f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"


@pytest.fixture(scope="module")
def chain_of_one(request):
    """One alert, made once."""
    from tests.alerts.conftest import ASSESSMENT

    return Sequencer("e", 0).assign(decide(ASSESSMENT, None)[1])


def test_the_area_grows_with_the_rupture_and_is_never_nothing(chain_of_one):
    radii = [reach_km(replace(chain_of_one, magnitude=magnitude)) for magnitude in (None, 4.0, 7.0, 8.0, 9.0)]
    assert radii[0] == radii[1] == 100 and radii == sorted(radii) and radii[-1] > 500


@pytest.mark.parametrize("sender", ["", "two words", "a,b", "a<b", "a&b"])
def test_a_sender_that_cap_forbids_is_refused(sender):
    with pytest.raises(ValueError, match="alerts@example.org"):
        check_sender(sender)


def test_atom_lists_the_newest_with_a_link_to_cap(chain):
    log = chain(drill=True)
    root = etree.fromstring(atom(list(reversed(log[:3])), "https://example.org"))
    space = {"a": "http://www.w3.org/2005/Atom"}
    for parent in [root, *root.findall("a:entry", space)]:  # RFC 4287, 4.1.1 and 4.1.2
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"a:{name}", space)) == 1
    assert root.findtext("a:author/a:name", namespaces=space) == "Quakestream"
    assert root.find("a:link[@rel='self']", space).get("href") == "https://example.org/v1/alerts/atom"
    titles = [each.text for each in root.findall("a:entry/a:title", space)]
    assert titles[0] == "[EXERCISE, nothing happened] CANCELLED: M 6.4, 12 km S of Bolu, Turkey"
    links = [each.get("href") for each in root.findall("a:entry/a:link[@type='application/cap+xml']", space)]
    assert links[0] == "https://example.org/v1/alerts/q20260301-abcdefgh.3.cap"
    ids = [each.text for each in root.findall("a:entry/a:id", space)]
    assert len(set(ids)) == 3 and root.findtext("a:updated", namespaces=space) == "2026-03-01T12:30:00Z"
    assert all(each.get("term") for each in root.iter("{http://www.w3.org/2005/Atom}category"))


def test_atom_without_alerts_is_a_feed_still():
    root = etree.fromstring(atom([], "https://example.org"))
    assert root.findtext("{http://www.w3.org/2005/Atom}updated") == "1970-01-01T00:00:00Z"
