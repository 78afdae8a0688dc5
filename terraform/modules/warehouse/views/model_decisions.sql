-- A row is one decision about one model: registered, promoted, rejected or rolled back, and why. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.model_decisions_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `model_version`, `decided_at` ORDER BY inserted_at) = 1
