"""The words and numbers an alert's severity is told in."""

LEVELS = ("none", "green", "yellow", "orange", "red")
"""`alert_level`, least first. Our own, never PAGER's."""
FORECAST_PROBABILITIES = (0.01, 0.05, 0.10)
"""P(M >= 5, 7 days, 100 km) from which the forecast level is 1, 2, 3, ..."""
GAIN_MIN = 10.0
"""... provided the expected number is this many times the normal day's."""


def level_rank(alert_level: str) -> int:
    """0 for `none` to 4 for `red`. Raises ValueError for any other word."""
    if alert_level not in LEVELS:
        raise ValueError(f"no alert level {alert_level!r}; known: {', '.join(LEVELS)}")
    return LEVELS.index(alert_level)


def forecast_level(
    probability: float,
    gain: float,
    probabilities: tuple[float, ...] = FORECAST_PROBABILITIES,
    gain_min: float = GAIN_MIN,
) -> int:
    """0 to 3 from the probability of an M5 within 100 km in 7 days and its gain over the normal day."""
    if gain < gain_min:
        return 0
    return sum(probability >= threshold for threshold in probabilities)
