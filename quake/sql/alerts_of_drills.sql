-- A row is one message that began or cancelled a drill before @as_of, in the log's order.
SELECT *
FROM alerts
WHERE drill AND message_type != 'EXPIRED' AND sent_at < @as_of
ORDER BY epoch, seq
