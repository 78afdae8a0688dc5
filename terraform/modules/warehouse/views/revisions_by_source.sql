-- A row is one source: how often its reports are revised, withdrawn, and change the magnitude.
WITH by_event AS (
  SELECT
    source,
    source_event_id,
    COUNT(*) AS revisions,
    COUNTIF(kind = 'delete') > 0 AS withdrawn,
    MAX(magnitude) > MIN(magnitude) AS magnitude_changed
  FROM `${dataset}.event_reports`
  GROUP BY source, source_event_id
)
SELECT
  source,
  COUNT(*) AS earthquakes,
  SUM(revisions) AS reports,
  AVG(revisions) AS mean_revisions,
  MAX(revisions) AS most_revisions,
  SAFE_DIVIDE(COUNTIF(withdrawn), COUNT(*)) AS withdrawn_share,
  SAFE_DIVIDE(COUNTIF(magnitude_changed), COUNT(*)) AS magnitude_changed_share
FROM by_event
GROUP BY source
ORDER BY source
