-- A row is what came of one forecast, once the catalogue has settled. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.outcomes_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `issued_at`, `cell`, `horizon_days`, `magnitude_min`, `role` ORDER BY inserted_at) = 1
