-- A row is one figure of one comparison of two windows that ended at or after @since, newest first, at most @limit.
SELECT name, window_start, window_end, value, threshold, drifted, report_url
FROM drift_reports
WHERE window_end >= @since
ORDER BY window_end DESC, name
LIMIT @limit
