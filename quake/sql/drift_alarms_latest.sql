-- A row is one alarm of one streaming statistic, newest first, at most @limit.
SELECT region, statistic, processed_sequence, raised_at, value, expected
FROM drift_alarms
ORDER BY raised_at DESC, region, statistic
LIMIT @limit
