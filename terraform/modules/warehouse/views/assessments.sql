-- A row is what one revision of one earthquake meant when it became known. Past rows never change. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.assessments_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `quake_id`, `revision`, `role` ORDER BY inserted_at) = 1
