-- A row is one agency's report of earthquake @quake_id, in the order the engine took them in.
SELECT *
FROM event_reports
WHERE quake_id = @quake_id AND processed_sequence > @after
ORDER BY processed_sequence
LIMIT @limit
