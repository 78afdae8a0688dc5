-- A row is a scheduled forecast for one cell; immutable once issued. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.forecasts_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `issued_at`, `cell`, `horizon_days`, `magnitude_min`, `role` ORDER BY inserted_at) = 1
