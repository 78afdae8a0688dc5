-- A row is one report after @after that was received before @as_of, in the engine's order: the log that a backfill folds.
SELECT
    quake_id, source, source_event_id, source_revision, sequence, processed_sequence, aliases, kind, origin_time,
    updated_at, ingested_at, latitude, longitude, depth_km, magnitude, magnitude_type, review_status, event_type,
    network, nst, gap_deg, dmin_deg, rms_s, place, content_hash
FROM event_reports
WHERE processed_sequence > @after AND ingested_at < @as_of
ORDER BY processed_sequence
LIMIT @limit
