-- A row is one step on the way to a delivery, written before the next is taken. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.delivery_log_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `alert_id`, `channel`, `recipient`, `attempt`, `step` ORDER BY inserted_at) = 1
