-- A row is one report of one agency, as received. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.event_reports_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `source`, `source_event_id`, `source_revision` ORDER BY inserted_at) = 1
