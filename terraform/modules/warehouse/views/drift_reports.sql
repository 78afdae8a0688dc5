-- A row is one figure of one comparison of two windows of the warehouse. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.drift_reports_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `name`, `window_start`, `window_end` ORDER BY inserted_at) = 1
