-- A row is what one model first said would follow one earthquake, from @since until @as_of, not knowing its future.
WITH first AS (
  SELECT quake_id, revision, role, model_version, assessed_at, latitude, longitude, region, probability, baseline_probability
  FROM assessments
  WHERE status = 'active' AND event_type = 'earthquake' AND magnitude IS NOT NULL AND NOT hindsight
    AND assessed_at >= @since AND assessed_at <= @as_of
  QUALIFY ROW_NUMBER() OVER (PARTITION BY quake_id, role ORDER BY revision) = 1
)
SELECT quake_id, revision, role, model_version, assessed_at, latitude, longitude, region, probability, baseline_probability
FROM first
ORDER BY assessed_at, quake_id, role
