-- A row is something we could not read, with the reason, kept whole. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.dead_letters_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `source`, `payload_hash`, `reason` ORDER BY inserted_at) = 1
