-- A row is one report of earthquake @quake_id, any agency, in the order the engine took them in.
SELECT
    quake_id, source, source_event_id, source_revision, sequence, processed_sequence, aliases, kind, origin_time,
    updated_at, ingested_at, latitude, longitude, depth_km, magnitude, magnitude_type, review_status, event_type,
    network, nst, gap_deg, dmin_deg, rms_s, place, content_hash
FROM event_reports
WHERE quake_id = @quake_id
ORDER BY processed_sequence
