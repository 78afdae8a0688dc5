-- A row is one earthquake as known now: its newest assessment, if it still stands and began at or after @since.
WITH newest AS (
  SELECT
    quake_id, revision, role, model_version, status, superseded_by, sequence, processed_sequence, assessed_at,
    origin_time, latitude, longitude, depth_km, magnitude, magnitude_type, review_status, event_type, place,
    source, source_event_id, reports, region, intensity, intensity_low, intensity_high, people_mmi6,
    fatalities_low, fatalities, fatalities_high, alert_level, forecast_level, probability, baseline_probability,
    gain, forecast, mode, hindsight
  FROM assessments
  WHERE role = 'champion'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY quake_id ORDER BY revision DESC) = 1
)
SELECT
    quake_id, revision, role, model_version, status, superseded_by, sequence, processed_sequence, assessed_at,
    origin_time, latitude, longitude, depth_km, magnitude, magnitude_type, review_status, event_type, place,
    source, source_event_id, reports, region, intensity, intensity_low, intensity_high, people_mmi6,
    fatalities_low, fatalities, fatalities_high, alert_level, forecast_level, probability, baseline_probability,
    gain, forecast, mode, hindsight
FROM newest
WHERE status = 'active' AND origin_time >= @since
ORDER BY origin_time DESC, quake_id
