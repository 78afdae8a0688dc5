-- A row is an earthquake assessed after report number @after, as it stands since, with every id of its agency for it.
WITH latest AS (
  SELECT
    quake_id, status, event_type, source, source_event_id, origin_time, latitude, longitude, magnitude, depth_km,
    assessed_at, processed_sequence
  FROM assessments
  WHERE role = 'champion' AND processed_sequence > @after
  QUALIFY ROW_NUMBER() OVER (PARTITION BY quake_id ORDER BY revision DESC) = 1
),
named AS (
  SELECT source, source_event_id, aliases
  FROM event_reports
  WHERE source_event_id IN (SELECT source_event_id FROM latest)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY source, source_event_id ORDER BY source_revision DESC) = 1
)
SELECT latest.*, named.aliases
FROM latest
LEFT JOIN named ON latest.source = named.source AND latest.source_event_id = named.source_event_id
ORDER BY latest.processed_sequence, latest.quake_id
