-- A row is one forecast whose window had closed at @as_of and whose outcome is not counted yet.
SELECT
  forecasts.issued_at, forecasts.cell, forecasts.horizon_days, forecasts.magnitude_min, forecasts.role,
  forecasts.latitude, forecasts.longitude
FROM forecasts
LEFT JOIN outcomes
  ON outcomes.issued_at = forecasts.issued_at AND outcomes.cell = forecasts.cell AND outcomes.role = forecasts.role
  AND outcomes.horizon_days = forecasts.horizon_days AND outcomes.magnitude_min = forecasts.magnitude_min
WHERE outcomes.cell IS NULL
  AND TIMESTAMP_ADD(forecasts.issued_at, INTERVAL forecasts.horizon_days DAY) <= @as_of
ORDER BY forecasts.issued_at, forecasts.horizon_days, forecasts.cell, forecasts.magnitude_min, forecasts.role
