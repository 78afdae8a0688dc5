-- A row is one scheduled forecast of model @role issued at @issued_at, all horizons and magnitudes, for cells in a box.
SELECT *
FROM forecasts
WHERE issued_at = @issued_at
  AND role = @role
  AND latitude BETWEEN @south AND @north
  AND (longitude BETWEEN @west AND @east OR (@west > @east AND (longitude >= @west OR longitude <= @east)))
ORDER BY cell, horizon_days, magnitude_min
