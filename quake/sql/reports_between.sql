-- A row is one report that came in from @since on and before @as_of, deletions left out.
SELECT
  source, magnitude, depth_km, latitude, longitude, nst, gap_deg, dmin_deg, rms_s, magnitude_type, review_status, network
FROM event_reports
WHERE kind <> 'delete' AND ingested_at >= @since AND ingested_at < @as_of
ORDER BY processed_sequence
