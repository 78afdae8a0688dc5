-- A row is one message, up to @seq, of an alert chain that had not ended by then, in the log's order.
SELECT a.*
FROM alerts AS a
WHERE a.epoch = @epoch AND a.seq <= @seq AND NOT EXISTS (
    SELECT 1
    FROM alerts AS z
    WHERE z.epoch = a.epoch AND z.quake_id = a.quake_id AND z.seq <= @seq AND z.seq >= a.seq
        AND z.message_type IN ('CANCEL', 'EXPIRED')
)
ORDER BY a.seq
