-- A row is one drift alarm that calls for a new model: no decision has followed it, and no model was judged in the @rest_days before it.
SELECT region, statistic, processed_sequence, raised_at, value, expected
FROM drift_alarms
WHERE raised_at > COALESCE((SELECT MAX(decided_at) FROM model_decisions), TIMESTAMP '1970-01-01 00:00:00+00')
  AND raised_at > COALESCE(
    (SELECT TIMESTAMP_ADD(MAX(decided_at), INTERVAL @rest_days DAY) FROM model_decisions WHERE gain IS NOT NULL),
    TIMESTAMP '1970-01-01 00:00:00+00'
  )
ORDER BY raised_at, region, statistic
