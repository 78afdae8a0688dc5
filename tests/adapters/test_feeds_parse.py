"""Adversarial: whatever a feed sends, parse never raises, keeps what it refuses, and lets the good through."""

import copy
import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.adapters.feeds import emsc, usgs
from quake.adapters.feeds.edge import BODY_LIMIT, PAYLOAD_LIMIT

NOW = datetime(2025, 5, 4, 14, tzinfo=UTC)
USGS = {
    "type": "Feature",
    "id": "ci41144664",
    "properties": {
        "mag": 1.48, "place": "16 km WSW of Johannesburg, CA", "time": 1746366018110, "updated": 1746366236183,
        "tz": None, "status": "automatic", "net": "ci", "ids": ",us7000aaaa,ci41144664,", "nst": 35, "dmin": 0.07936,
        "rms": 0.18, "gap": 36, "magType": "Ml", "type": "earthquake",
    },
    "geometry": {"type": "Point", "coordinates": [-117.8075, 35.3405, 8.83]},
}  # fmt: skip
EMSC = {
    "type": "Feature",
    "id": "20201230_0000082",
    "geometry": {"type": "Point", "coordinates": [-121.2, 36.6, -4.0]},
    "properties": {
        "lastupdate": "2020-12-30T08:47:00.0Z", "magtype": "Md", "evtype": "ke", "lon": -121.2, "auth": "NC",
        "lat": 36.6, "depth": 4.0, "unid": "20201230_0000082", "mag": 2.4, "time": "2020-12-30T08:45:29.9Z",
        "flynn_region": "CENTRAL CALIFORNIA",
    },
}  # fmt: skip
HUGE = "x" * 200_000
NESTED = json.loads("[" * 500 + "]" * 500)

USGS_FAULTS = {
    "not an object": lambda feature: "feature",
    "null": lambda feature: None,
    "missing id": lambda feature: feature.pop("id") and feature,
    "id is a number": lambda feature: feature | {"id": 7},
    "id is empty": lambda feature: feature | {"id": ""},
    "id has a line break": lambda feature: feature | {"id": "ci1\nci2"},
    "id is huge": lambda feature: feature | {"id": HUGE},
    "null geometry": lambda feature: feature | {"geometry": None},
    "no coordinates": lambda feature: feature | {"geometry": {"type": "Point", "coordinates": []}},
    "null longitude": lambda feature: feature | {"geometry": {"coordinates": [None, 35.0, 1.0]}},
    "latitude 91": lambda feature: feature | {"geometry": {"coordinates": [-117.0, 91.0, 1.0]}},
    "longitude 181": lambda feature: feature | {"geometry": {"coordinates": [181.0, 35.0, 1.0]}},
    "latitude is NaN": lambda feature: feature | {"geometry": {"coordinates": [-117.0, float("nan"), 1.0]}},
    "depth is text": lambda feature: feature | {"geometry": {"coordinates": [-117.0, 35.0, "8"]}},
    "depth 9000 km": lambda feature: feature | {"geometry": {"coordinates": [-117.0, 35.0, 9000]}},
    "properties is a list": lambda feature: feature | {"properties": []},
    "magnitude is text": lambda feature: _with(feature, mag="5.1"),
    "magnitude is true": lambda feature: _with(feature, mag=True),
    "magnitude is infinite": lambda feature: _with(feature, mag=float("inf")),
    "magnitude 99": lambda feature: _with(feature, mag=99),
    "magnitude has 5,000 digits": lambda feature: _with(feature, mag=10**4000),
    "magnitude is deeply nested": lambda feature: _with(feature, mag=NESTED),
    "no time": lambda feature: _with(feature, time=None),
    "time is text": lambda feature: _with(feature, time="2025-05-04T13:40:18Z"),
    "time is a fraction": lambda feature: _with(feature, time=1746366018110.5),
    "time is true": lambda feature: _with(feature, time=True),
    "year 9999": lambda feature: _with(feature, time=253402300799000),
    "tomorrow": lambda feature: _with(feature, time=1746366018110 + 86_400_000),
    "updated in 2200": lambda feature: _with(feature, updated=7258118400000),
    "year 1700": lambda feature: _with(feature, time=-8520336000000),
    "time beyond any calendar": lambda feature: _with(feature, time=10**30),
    "place is huge": lambda feature: _with(feature, place=HUGE),
    "place is half a surrogate pair": lambda feature: _with(feature, place="\ud800"),
    "ids is a list": lambda feature: _with(feature, ids=["ci41144664"]),
    "type is a number": lambda feature: _with(feature, type=1),
    "nst is text": lambda feature: _with(feature, nst="many"),
    "nst is beyond any database": lambda feature: _with(feature, nst=1e300),
    "gap is NaN": lambda feature: _with(feature, gap=float("nan")),
}
EMSC_FAULTS = {
    "not an object": lambda message: 5,
    "unknown action": lambda message: message | {"action": "explode"},
    "no action": lambda message: {"data": message["data"]},
    "null data": lambda message: message | {"data": None},
    "no id": lambda message: _told(message, unid=None),
    "latitude 91": lambda message: _told(message, lat=91.0),
    "latitude is text": lambda message: _told(message, lat="36.6"),
    "magnitude is NaN": lambda message: _told(message, mag=float("nan")),
    "depth is text": lambda message: _told(message, depth="4"),
    "depth 4,000 km": lambda message: _told(message, depth=4000.0),
    "time is a number": lambda message: _told(message, time=1609317929),
    "time is no time": lambda message: _told(message, time="yesterday"),
    "month 13": lambda message: _told(message, time="2020-13-30T08:45:29.9Z"),
    "year 9999": lambda message: _told(message, lastupdate="9999-12-31T23:59:59.999999Z"),
    "before the calendar": lambda message: _told(message, time="0001-01-01T00:00:00+14:00"),
    "place is huge": lambda message: _told(message, flynn_region=HUGE),
}
BODIES = {
    "nothing": b"",
    "truncated": json.dumps({"metadata": {"generated": 1746366777000}, "features": [USGS]}).encode()[:-30],
    "no UTF-8 at all": b"\xff\xfe\x00{",
    "HTML": b"<html>503</html>",
    "a number": b"17",
    "null": b"null",
    "an object without features": b'{"type": "FeatureCollection"}',
    "features is an object": b'{"metadata": {"generated": 1746366777000}, "features": {}}',
    "nested 100,000 deep": b"[" * 100_000,
    "too large": b" " * (BODY_LIMIT + 1),
}


def _with(feature: dict, **properties: object) -> dict:
    return feature | {"properties": feature["properties"] | properties}


def _told(message: dict, **properties: object) -> dict:
    return message | {"data": _with(message["data"], **properties)}


def _body(*features: object) -> bytes:
    return json.dumps({"metadata": {"generated": 1746366777000}, "features": features}).encode()


@pytest.mark.parametrize("fault", USGS_FAULTS)
def test_adversarial_usgs_feature_is_one_reject_and_its_neighbours_pass(fault: str) -> None:
    good = [copy.deepcopy(USGS) | {"id": name} for name in ("ci1", "ci3")]
    bad = USGS_FAULTS[fault](copy.deepcopy(USGS))
    parsed = usgs.parse(_body(good[0], bad, good[1]), NOW)
    assert [report.source_event_id for report in parsed.reports] == ["ci1", "ci3"]
    [reject] = parsed.rejects
    assert reject.source == "usgs" and reject.reason
    assert reject.payload == json.dumps(json.loads(json.dumps(bad), parse_int=_short))[:PAYLOAD_LIMIT]


def _short(digits: str) -> float:
    return int(digits) if len(digits) < 20 else float("inf")


@pytest.mark.parametrize("fault", EMSC_FAULTS)
def test_adversarial_emsc_message_is_one_reject(fault: str) -> None:
    bad = EMSC_FAULTS[fault]({"action": "update", "data": copy.deepcopy(EMSC)})
    parsed = emsc.parse(json.dumps(bad).encode(), NOW)
    assert not parsed.reports
    assert [reject.payload for reject in parsed.rejects] == [json.dumps(bad)[:PAYLOAD_LIMIT]]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("parse", [usgs.parse, emsc.parse, emsc.parse_collection])
def test_adversarial_body_is_one_reject_with_its_start_kept(parse, body: str) -> None:
    parsed = parse(BODIES[body], NOW)
    assert not parsed.reports and len(parsed.rejects) == 1
    kept = parsed.rejects[0].payload
    # A message that is JSON is kept as JSON, anything else as it came.
    assert kept == BODIES[body][:PAYLOAD_LIMIT].decode(errors="replace") or json.loads(kept) == json.loads(BODIES[body])


def test_adversarial_bytes_that_are_no_utf8_cost_only_their_feature() -> None:
    body = _body(USGS, USGS | {"id": "ci2"}).replace(b"16 km", b"\xff\xfe", 1)
    parsed = usgs.parse(body, NOW)
    assert [report.source_event_id for report in parsed.reports] == ["ci2"]
    assert len(parsed.rejects) == 1


def test_adversarial_generation_time_in_the_future_is_refused() -> None:
    body = json.dumps({"metadata": {"generated": 4102444800000}, "features": [USGS]}).encode()
    assert usgs.parse(body, NOW).rejects[0].reason == "metadata.generated lies in the future"


def test_a_rejected_feature_still_counts_as_listed() -> None:
    parsed = usgs.parse(_body(_with(USGS, mag="5.1")), NOW)
    assert parsed.listed == {"ci41144664", "us7000aaaa"}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from([*USGS, *USGS["properties"]]), inner, max_size=6),
    max_leaves=12,
)


@given(st.binary(max_size=200) | _json.map(lambda value: json.dumps(value).encode()))
def test_adversarial_bytes_never_raise(payload: bytes) -> None:
    for parse in (usgs.parse, emsc.parse, emsc.parse_collection):
        parsed = parse(payload, NOW)
        # What is kept must be writable: text that UTF-8 can carry.
        assert all(reject.reason.encode() and reject.payload.encode() is not None for reject in parsed.rejects)
        assert parsed.rejects or parsed.reports or b"features" in payload


@given(field=st.sampled_from(sorted(USGS["properties"])), value=_json)
def test_adversarial_field_is_a_report_or_a_reject(field: str, value: object) -> None:
    parsed = usgs.parse(_body(_with(USGS, **{field: value}), USGS | {"id": "good"}), NOW)
    assert len(parsed.reports) + len(parsed.rejects) == 2
    assert parsed.reports[-1].source_event_id == "good"


@given(field=st.sampled_from(sorted(EMSC["properties"])), value=_json)
def test_adversarial_emsc_field_is_a_report_or_a_reject(field: str, value: object) -> None:
    parsed = emsc.parse(json.dumps(_told({"action": "create", "data": EMSC}, **{field: value})).encode(), NOW)
    assert len(parsed.reports) + len(parsed.rejects) == 1


def test_usgs_feature_becomes_a_report() -> None:
    [report] = usgs.parse(_body(USGS), NOW).reports
    assert (report.latitude, report.longitude, report.depth_km) == (35.3405, -117.8075, 8.83)
    assert report.origin_time == datetime(2025, 5, 4, 13, 40, 18, 110_000, tzinfo=UTC)
    assert (report.magnitude, report.magnitude_type, report.network) == (1.48, "ml", "ci")
    assert report.aliases == ("ci41144664", "us7000aaaa")
    assert (report.nst, report.gap_deg, report.dmin_deg, report.rms_s) == (35, 36, 0.07936, 0.18)


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ({"mag": None}, {"magnitude": None}),
        ({"mag": 2}, {"magnitude": 2.0}),
        ({"mag": -1.3}, {"magnitude": -1.3}),
        ({"magType": "MwW"}, {"magnitude_type": "mww"}),
        ({"type": "quarry blast"}, {"event_type": "quarry blast"}),
        ({"status": "reviewed"}, {"review_status": "reviewed"}),
        ({"status": "deleted"}, {"kind": "delete"}),
        ({"ids": None, "place": None}, {"aliases": ("ci41144664",), "place": ""}),
    ],
)
def test_usgs_variants(told: dict, heard: dict) -> None:
    [report] = usgs.parse(_body(_with(USGS, **told)), NOW).reports
    assert {name: getattr(report, name) for name in heard} == heard


@pytest.mark.parametrize("depth", [-3.47, None, 629.5])
def test_usgs_depth_may_be_negative_or_unknown(depth: float | None) -> None:
    feature = USGS | {"geometry": {"type": "Point", "coordinates": [-117.8, 35.3, depth]}}
    assert usgs.parse(_body(feature), NOW).reports[0].depth_km == depth


def test_the_order_of_ids_is_no_content() -> None:
    first, second = (_with(USGS, ids=ids) for ids in (",us7000aaaa,ci41144664,", ",ci41144664,us7000aaaa,"))
    reports = usgs.parse(_body(first, second), NOW).reports
    assert reports[0].content_hash == reports[1].content_hash


def test_emsc_depth_is_minus_the_third_coordinate() -> None:
    message = _told({"action": "create", "data": EMSC}, depth=None)
    [report] = emsc.parse(json.dumps(message).encode(), NOW).reports
    assert (report.depth_km, report.kind, report.network) == (4.0, "create", "NC")


@pytest.mark.parametrize("digits", ["", ".1", ".12", ".123", ".1234", ".12345", ".123456"])
def test_emsc_times_have_up_to_six_digits(digits: str) -> None:
    message = _told({"action": "update", "data": EMSC}, time=f"2020-12-30T08:45:29{digits}Z")
    [report] = emsc.parse(json.dumps(message).encode(), NOW).reports
    assert report.origin_time.microsecond == round(float(f"0{digits or '.0'}") * 1e6)


@pytest.mark.parametrize(("code", "kind"), [("ke", "earthquake"), ("km", "mining explosion"), (None, "earthquake")])
def test_emsc_event_types(code: str | None, kind: str) -> None:
    message = _told({"action": "create", "data": EMSC}, evtype=code)
    assert emsc.parse(json.dumps(message).encode(), NOW).reports[0].event_type == kind


def test_real_usgs_feeds_hold_nothing_to_refuse(shared_data) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for name, count in (("usgs_all_day_1746366826", 196), ("usgs_all_week_2018-02-07", 1707)):
        parsed = usgs.parse(gzip.decompress((shared_data / f"feeds/{name}.geojson.gz").read_bytes()), now)
        assert (len(parsed.reports), parsed.rejects) == (count, ())


def test_real_emsc_messages_hold_nothing_to_refuse(shared_data) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    messages = (shared_data / "feeds/emsc_ws_messages.jsonl").read_bytes().splitlines()
    features = (shared_data / "feeds/emsc_fdsn_features.jsonl").read_bytes().splitlines()
    heard = [emsc.parse(message, now) for message in messages]
    heard.append(emsc.parse_collection(b'{"features": [' + b",".join(features) + b"]}", now))
    assert [report.depth_km for parsed in heard for report in parsed.reports] == [4.0, 26.0, 304.0]
    assert not any(parsed.rejects for parsed in heard)
