-- A row is one scheduled forecast since @since that was issued without knowing its future, and how many earthquakes came.
-- Windows that only touch: issued at midnight UTC of every horizon_days-th day.
SELECT
  forecasts.issued_at, forecasts.cell, forecasts.latitude, forecasts.longitude, forecasts.horizon_days,
  forecasts.magnitude_min, forecasts.role, forecasts.model_version, forecasts.expected, forecasts.probability,
  forecasts.baseline_expected, forecasts.baseline_probability, forecasts.mode, outcomes.observed, outcomes.known_at
FROM forecasts
JOIN outcomes
  ON outcomes.issued_at = forecasts.issued_at AND outcomes.cell = forecasts.cell AND outcomes.role = forecasts.role
  AND outcomes.horizon_days = forecasts.horizon_days AND outcomes.magnitude_min = forecasts.magnitude_min
WHERE NOT forecasts.hindsight
  AND forecasts.issued_at >= @since
  AND EXTRACT(HOUR FROM forecasts.issued_at) = 0
  AND EXTRACT(MINUTE FROM forecasts.issued_at) = 0
  AND MOD(DATE_DIFF(DATE(forecasts.issued_at), DATE '0001-01-01', DAY) + 1, forecasts.horizon_days) = 0
ORDER BY forecasts.issued_at, forecasts.cell, forecasts.horizon_days, forecasts.magnitude_min, forecasts.role
