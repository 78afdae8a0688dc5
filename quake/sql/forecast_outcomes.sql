-- A row is one forecast that was issued without knowing its future, and how many earthquakes came of it.
SELECT
  forecasts.issued_at, forecasts.cell, forecasts.horizon_days, forecasts.magnitude_min, forecasts.role,
  forecasts.model_version, forecasts.expected, forecasts.probability, forecasts.baseline_expected,
  forecasts.baseline_probability, forecasts.mode, outcomes.observed, outcomes.known_at
FROM forecasts
JOIN outcomes
  ON outcomes.issued_at = forecasts.issued_at AND outcomes.cell = forecasts.cell AND outcomes.role = forecasts.role
  AND outcomes.horizon_days = forecasts.horizon_days AND outcomes.magnitude_min = forecasts.magnitude_min
WHERE NOT forecasts.hindsight
ORDER BY forecasts.issued_at, forecasts.cell, forecasts.horizon_days, forecasts.magnitude_min, forecasts.role
