"""CAP and Atom over HTTP, of a chain in a real store."""

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from tests.serving.conftest import make_alert

SCHEMA = Path(__file__).parents[1] / "alerts" / "schemas" / "CAP-v1.2.xsd"
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


@pytest.fixture
def served(world):
    """An ALERT and its CANCEL, a drill, and another epoch's past."""
    first = make_alert(1, quake_id="qa", alert_number=1)
    other = make_alert(2, quake_id="drill-x", drill=True)
    last = make_alert(3, quake_id="qa", alert_number=2, message_type="CANCEL", references=("qa.1",))
    world.publish(first, other, replace(last, reason="withdrawn by its agency"))
    return world.serve(sender="alerts@example.org", api_url="https://example.org")


def test_cap_documents_are_valid_and_refer_to_their_chain(served):
    schema = etree.XMLSchema(file=str(SCHEMA))
    for alert_id, kind, status in (("qa.1", "Alert", "Actual"), ("qa.2", "Cancel", "Actual"),
                                   ("drill-x.1", "Alert", "Exercise")):  # fmt: skip
        response = served.http.get(f"/v1/alerts/{alert_id}.cap")
        assert response.status_code == 200 and response.headers["content-type"].startswith("application/cap+xml")
        root = etree.fromstring(response.content)
        schema.assertValid(root)
        assert root.findtext(f"{CAP}msgType") == kind and root.findtext(f"{CAP}status") == status
        assert root.findtext(f"{CAP}sender") == "alerts@example.org"
        references = root.findtext(f"{CAP}references") or ""
        assert [each.split(",")[1] for each in references.split()] == (["e1.qa.1"] if kind == "Cancel" else [])
    again = served.http.get("/v1/alerts/qa.1.cap", headers={"If-None-Match": served.http.get(
        "/v1/alerts/qa.1.cap").headers["etag"]})  # fmt: skip
    assert again.status_code == 304


def test_the_atom_feed_leads_to_cap(served):
    response = served.http.get("/v1/alerts/atom")
    assert response.headers["content-type"].startswith("application/atom+xml")
    root = etree.fromstring(response.content)
    links = [each.get("href") for each in root.iter("{*}link") if each.get("type") == "application/cap+xml"]
    assert links == [f"https://example.org/v1/alerts/{name}.cap" for name in ("qa.2", "drill-x.1", "qa.1")]
    titles = [each.findtext("{*}title") for each in root.iter("{*}entry")]
    assert titles[1].startswith("[EXERCISE, nothing happened]") and titles[0].startswith("CANCELLED")


def test_an_alert_that_is_not_there_is_a_problem(served):
    response = served.http.get("/v1/alerts/qz.9.cap")
    assert response.status_code == 404 and "GET /v1/alerts" in response.json()["detail"]
    assert served.http.get("/v1/alerts/qa.1").json()["alert_id"] == "qa.1"
