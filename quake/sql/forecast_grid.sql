-- A row is one cell's scheduled forecast issued at @issued_at, for one horizon and magnitude, inside a box.
SELECT *
FROM forecasts
WHERE issued_at = @issued_at
  AND role = @role
  AND horizon_days = @horizon_days
  AND magnitude_min = @magnitude_min
  AND cell > @after_cell
  AND latitude BETWEEN @south AND @north
  AND (longitude BETWEEN @west AND @east OR (@west > @east AND (longitude >= @west OR longitude <= @east)))
ORDER BY cell
LIMIT @limit
