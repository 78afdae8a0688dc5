-- A row is the end of handing one alert to one recipient on one channel. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.deliveries_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `alert_id`, `channel`, `recipient` ORDER BY inserted_at) = 1
