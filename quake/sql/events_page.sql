-- A row is one earthquake as last assessed by the champion at @as_of, newest origin first.
-- @updated_since may be applied first: an earthquake has a row that young exactly when its latest row is that young.
-- The few columns that decide are sorted out first, so that wide rows are fetched for one page only.
WITH latest AS (
  SELECT quake_id, revision, status, origin_time, latitude, longitude, magnitude
  FROM assessments
  WHERE role = 'champion' AND assessed_at <= @as_of AND assessed_at > @updated_since
  QUALIFY ROW_NUMBER() OVER (PARTITION BY quake_id ORDER BY revision DESC) = 1
),
page AS (
  SELECT quake_id, revision
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
)
SELECT assessments.*
FROM assessments
JOIN page ON assessments.quake_id = page.quake_id AND assessments.revision = page.revision
WHERE assessments.role = 'champion'
ORDER BY assessments.origin_time DESC, assessments.quake_id DESC
