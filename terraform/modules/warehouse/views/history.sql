-- A row is one earthquake of the bulk catalogue that the service starts from. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.history_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `source`, `source_event_id` ORDER BY inserted_at) = 1
