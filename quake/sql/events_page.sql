-- A row is one earthquake as last assessed by the champion at @as_of, newest origin first.
-- @updated_since may be applied first: an earthquake has a row that young exactly when its latest row is that young.
WITH latest AS (
  SELECT *
  FROM assessments
  WHERE role = 'champion' AND assessed_at <= @as_of AND assessed_at > @updated_since
  QUALIFY ROW_NUMBER() OVER (PARTITION BY quake_id ORDER BY revision DESC) = 1
)
SELECT *
FROM latest
WHERE (@status = 'any' OR status = @status)
  AND origin_time >= @since
  AND origin_time < @until
  AND COALESCE(magnitude, -99.0) >= @min_magnitude
  AND latitude BETWEEN @south AND @north
  AND (longitude BETWEEN @west AND @east OR (@west > @east AND (longitude >= @west OR longitude <= @east)))
  AND (origin_time < @before_time OR (origin_time = @before_time AND quake_id < @before_id))
ORDER BY origin_time DESC, quake_id DESC
LIMIT @limit
