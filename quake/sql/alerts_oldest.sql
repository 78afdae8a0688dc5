-- A row is one message of the alert log after @seq, oldest first; of one earthquake unless @quake_id is empty.
SELECT *
FROM alerts
WHERE epoch = @epoch AND seq > @seq AND (@quake_id = '' OR quake_id = @quake_id)
ORDER BY seq
LIMIT @limit
