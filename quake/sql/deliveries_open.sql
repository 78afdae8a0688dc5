-- A row is one alert that is due to one recipient and has not reached its end, in the log's order.
SELECT
    d.channel, d.recipient, d.detail, (
        SELECT COALESCE(MAX(s.attempt), 0)
        FROM delivery_log AS s
        WHERE s.alert_id = d.alert_id AND s.channel = d.channel AND s.recipient = d.recipient
    ) AS attempts, a.*
FROM delivery_log AS d
JOIN alerts AS a ON a.alert_id = d.alert_id
WHERE d.step = 'due' AND a.epoch = @epoch AND NOT EXISTS (
    SELECT 1
    FROM deliveries AS e
    WHERE e.alert_id = d.alert_id AND e.channel = d.channel AND e.recipient = d.recipient
)
ORDER BY a.seq, d.channel, d.recipient
