"""Whose solution of an earthquake is preferred: the network responsible there, reviewed over automatic, newest last.

ComCat prefers the network in whose authoritative region the earthquake lies; the regions here are boxes drawn round
the ANSS regional networks' areas of responsibility, generous at sea, good enough to rank and not to draw.
"""

from quake.event import SeismicEvent

AUTHORITIES: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "ak": ((51.0, 170.0, 72.0, 180.0), (51.0, -180.0, 72.0, -130.0)),
    "av": ((51.0, 170.0, 62.0, 180.0), (51.0, -180.0, 62.0, -150.0)),
    "ci": ((31.5, -121.5, 37.0, -114.0),),
    "nc": ((35.0, -126.5, 43.0, -118.5),),
    "nn": ((35.5, -120.5, 42.0, -114.0),),
    "uw": ((42.0, -126.5, 49.5, -116.5),),
    "uu": ((36.5, -114.3, 42.6, -108.5),),
    "mb": ((44.0, -116.5, 49.0, -104.0),),
    "nm": ((34.0, -94.0, 39.5, -86.0),),
    "ok": ((33.5, -103.0, 37.2, -94.4),),
    "tx": ((25.8, -107.0, 36.6, -93.5),),
    "se": ((30.0, -90.0, 38.5, -75.0),),
    "hv": ((18.0, -161.0, 23.0, -154.0),),
    "pr": ((16.5, -69.5, 20.0, -63.0),),
}
"""Network code -> boxes (south, west, north, east) in which its location is the one to believe."""
FEEDS = ("usgs", "emsc")
"""Between feeds of equal standing the earlier one is preferred, so that two agencies do not take turns."""


def authoritative(event: SeismicEvent) -> bool:
    """Whether the network that made the solution is the one responsible for where it lies."""
    for south, west, north, east in AUTHORITIES.get(event.network.lower(), ()):
        if south <= event.latitude <= north and west <= event.longitude <= east:
            return True
    return False


def standing(event: SeismicEvent, order: int) -> tuple[bool, bool, int, str, int]:
    """Sort key of a solution, best smallest: authority, reviewed, feed, then the newest by `order`, as they came."""
    feed = FEEDS.index(event.source) if event.source in FEEDS else len(FEEDS)
    return not authoritative(event), event.review_status != "reviewed", feed, event.source, -order
