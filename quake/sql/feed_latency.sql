-- A row is one source: minutes from the origin of an earthquake to its first report, for origins at or after @since.
WITH first_report AS (
  SELECT
    source,
    source_event_id,
    TIMESTAMP_DIFF(ingested_at, origin_time, MILLISECOND) / 60000 AS minutes
  FROM event_reports
  WHERE source_revision = 1 AND origin_time >= @since
)
SELECT
  source,
  COUNT(*) AS earthquakes,
  APPROX_QUANTILES(minutes, 100)[OFFSET(50)] AS median_minutes,
  APPROX_QUANTILES(minutes, 100)[OFFSET(90)] AS p90_minutes,
  MAX(minutes) AS longest_minutes
FROM first_report
GROUP BY source
ORDER BY source
