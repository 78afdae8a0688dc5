-- A row is one drift alarm that no decision about a model has followed yet.
SELECT region, statistic, processed_sequence, raised_at, value, expected
FROM drift_alarms
WHERE raised_at > COALESCE((SELECT MAX(decided_at) FROM model_decisions), TIMESTAMP '1970-01-01 00:00:00+00')
ORDER BY raised_at, region, statistic
