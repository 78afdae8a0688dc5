-- A row is one source: the share of its reports since @since that leave a column empty, deletions left out.
SELECT
  source,
  COUNT(*) AS reports,
  SAFE_DIVIDE(COUNTIF(magnitude IS NULL), COUNT(*)) AS magnitude,
  SAFE_DIVIDE(COUNTIF(depth_km IS NULL), COUNT(*)) AS depth_km,
  SAFE_DIVIDE(COUNTIF(nst IS NULL), COUNT(*)) AS nst,
  SAFE_DIVIDE(COUNTIF(gap_deg IS NULL), COUNT(*)) AS gap_deg,
  SAFE_DIVIDE(COUNTIF(dmin_deg IS NULL), COUNT(*)) AS dmin_deg,
  SAFE_DIVIDE(COUNTIF(rms_s IS NULL), COUNT(*)) AS rms_s
FROM event_reports
WHERE kind <> 'delete' AND ingested_at >= @since
GROUP BY source
ORDER BY source
