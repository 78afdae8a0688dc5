-- A row is one id of agency @source that was reported on at or after @since, as last reported: what ingest goes on from.
SELECT
    source, source_event_id, kind, origin_time, updated_at, latitude, longitude, depth_km, magnitude, magnitude_type,
    review_status, event_type, place, aliases, network, nst, gap_deg, dmin_deg, rms_s, sequence, ingested_at
FROM event_reports
WHERE source = @source AND ingested_at >= @since
QUALIFY ROW_NUMBER() OVER (PARTITION BY source_event_id ORDER BY source_revision DESC) = 1
ORDER BY source_event_id
