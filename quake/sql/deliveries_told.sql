-- A row is one alert that one recipient was told, or is to be told, of an earthquake that may have more alerts.
SELECT d.channel, d.recipient, a.quake_id, a.alert_id
FROM delivery_log AS d
JOIN alerts AS a ON a.alert_id = d.alert_id
WHERE d.step = 'due' AND a.epoch = @epoch AND NOT EXISTS (
    SELECT 1
    FROM alerts AS z
    WHERE z.epoch = a.epoch AND z.quake_id = a.quake_id AND z.seq <= @seq AND z.seq >= a.seq
        AND z.message_type IN ('CANCEL', 'EXPIRED')
)
ORDER BY a.seq
