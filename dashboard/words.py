"""How the pages write numbers, times and names."""

import re
from datetime import datetime

from dashboard.api import Row

AGENCY_PAGES = {"usgs": "https://earthquake.usgs.gov/earthquakes/eventpage/{id}"}
"""Where an agency shows its own event, by feed."""


def title(row: Row) -> str:
    """`M 7.8 26 km east of Nurdağı, Türkiye`, safe inside Markdown."""
    return f"M {number(row['magnitude'])} {plain(row['place']) or 'place not named'}"


def plain(text: str) -> str:
    """Text from outside with Markdown's signs taken out of force."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~$:])", r"\\\1", text)


def minute(time: str) -> str:
    """An ISO 8601 time as `2023-02-06 01:17 UTC`."""
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M} UTC"


def number(value: float | None, digits: int = 1) -> str:
    """A number with thousands separators, or `unknown`."""
    return "unknown" if value is None else f"{value:,.{digits}f}"


def chance(probability: float) -> str:
    """A probability in percent with as many digits as it deserves; nothing is certain."""
    if probability > 0.99:
        return "> 99 %"
    if probability < 0.0001:
        return "< 0.01 %"
    return f"{100 * probability:.2g} %" if probability < 0.1 else f"{100 * probability:.0f} %"


def times(gain: float) -> str:
    """How many times a normal day's: `4.2`, `48,200`."""
    return f"{gain:.1f}" if gain < 10 else f"{float(f'{gain:.3g}'):,.0f}"


def ago(seconds: float) -> str:
    """A span of time in its coarsest fitting unit: `12 s`, `4 min`, `3 h`, `2 days`."""
    for unit, size, most in (("s", 1, 90), ("min", 60, 5400), ("h", 3600, 172_800)):
        if seconds < most:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"


def agency_link(row: Row) -> str:
    """A Markdown link to the agency's own page; empty where we know none."""
    page = AGENCY_PAGES.get(row["source"])
    return f"· [{row['source'].upper()}]({page.format(id=row['source_event_id'])})" if page else ""
