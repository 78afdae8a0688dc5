-- A row is one agency id: its first automatic report with a magnitude, and the magnitude of its last reviewed one as known at @as_of.
WITH told AS (
  SELECT
    source, source_event_id, source_revision, ingested_at, origin_time, latitude, longitude, depth_km, magnitude,
    magnitude_type, network, review_status, nst, gap_deg, dmin_deg, rms_s
  FROM event_reports
  WHERE magnitude IS NOT NULL AND kind <> 'delete' AND event_type = 'earthquake' AND ingested_at <= @as_of
),
first AS (
  SELECT
    source, source_event_id, ingested_at, origin_time, latitude, longitude, depth_km, magnitude, magnitude_type,
    network, review_status, nst, gap_deg, dmin_deg, rms_s
  FROM told
  QUALIFY ROW_NUMBER() OVER (PARTITION BY source, source_event_id ORDER BY source_revision) = 1
),
reviewed AS (
  SELECT source, source_event_id, magnitude AS reviewed_magnitude
  FROM told
  WHERE review_status = 'reviewed'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY source, source_event_id ORDER BY source_revision DESC) = 1
)
SELECT
    first.source, first.source_event_id, first.ingested_at, first.origin_time, first.latitude, first.longitude,
    first.depth_km, first.magnitude, first.magnitude_type, first.network, first.nst, first.gap_deg, first.dmin_deg,
    first.rms_s, reviewed.reviewed_magnitude
FROM first
JOIN reviewed ON reviewed.source = first.source AND reviewed.source_event_id = first.source_event_id
WHERE first.review_status = 'automatic'
ORDER BY first.origin_time, first.source, first.source_event_id
