-- A row is one earthquake as it was known at @as_of: the newest assessment of that moment, if it stood then.
WITH newest AS (
  SELECT
    quake_id, revision, role, model_version, status, superseded_by, sequence, processed_sequence, assessed_at,
    origin_time, latitude, longitude, depth_km, magnitude, magnitude_type, review_status, event_type, place,
    source, source_event_id, reports, region, intensity, intensity_low, intensity_high, people_mmi6,
    fatalities_low, fatalities, fatalities_high, alert_level, forecast_level, probability, baseline_probability,
    gain, forecast, mode, hindsight
  FROM assessments
  WHERE role = 'champion' AND assessed_at <= @as_of
  QUALIFY ROW_NUMBER() OVER (PARTITION BY quake_id ORDER BY revision DESC) = 1
)
SELECT
    quake_id, revision, role, model_version, status, superseded_by, sequence, processed_sequence, assessed_at,
    origin_time, latitude, longitude, depth_km, magnitude, magnitude_type, review_status, event_type, place,
    source, source_event_id, reports, region, intensity, intensity_low, intensity_high, people_mmi6,
    fatalities_low, fatalities, fatalities_high, alert_level, forecast_level, probability, baseline_probability,
    gain, forecast, mode, hindsight
FROM newest
WHERE status = 'active'
ORDER BY origin_time DESC, quake_id
