-- A row is one message of one earthquake's alert chain: ALERT, UPDATE*, then CANCEL or EXPIRED. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.alerts_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `quake_id`, `alert_number` ORDER BY inserted_at) = 1
