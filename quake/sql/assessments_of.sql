-- A row is what one revision of earthquake @quake_id meant to one model, in the order they became known.
SELECT
    quake_id, revision, role, model_version, status, superseded_by, sequence, processed_sequence, assessed_at,
    origin_time, latitude, longitude, depth_km, magnitude, magnitude_type, review_status, event_type, place,
    source, source_event_id, reports, region, intensity, intensity_low, intensity_high, people_mmi6,
    fatalities_low, fatalities, fatalities_high, alert_level, forecast_level, probability, baseline_probability,
    gain, forecast, mode, hindsight
FROM assessments
WHERE quake_id = @quake_id
ORDER BY revision, role
