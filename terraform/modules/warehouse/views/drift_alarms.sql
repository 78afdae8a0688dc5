-- A row is one alarm of one streaming statistic of one region. Of rows with the same key, the first.
SELECT * EXCEPT (inserted_at)
FROM `${dataset}.drift_alarms_rows`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `region`, `statistic`, `processed_sequence` ORDER BY inserted_at) = 1
