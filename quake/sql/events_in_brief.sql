-- A row is one earthquake since @since as it was known at @as_of, in the few columns that a map draws; at most @limit.
WITH newest AS (
  SELECT
    quake_id, revision, status, assessed_at, origin_time, latitude, longitude, depth_km, magnitude, magnitude_type,
    review_status, place, intensity, people_mmi6, alert_level, forecast_level, probability, baseline_probability, gain,
    hindsight
  FROM assessments
  WHERE role = 'champion' AND assessed_at <= @as_of
  QUALIFY ROW_NUMBER() OVER (PARTITION BY quake_id ORDER BY revision DESC) = 1
)
SELECT
    quake_id, revision, status, assessed_at, origin_time, latitude, longitude, depth_km, magnitude, magnitude_type,
    review_status, place, intensity, people_mmi6, alert_level, forecast_level, probability, baseline_probability, gain,
    hindsight
FROM newest
WHERE status = 'active' AND origin_time >= @since
ORDER BY origin_time DESC, quake_id
LIMIT @limit
