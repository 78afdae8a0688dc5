-- The one row is the last alert of @epoch for which it has been decided to whom it is due; null before the first.
SELECT MAX(a.seq) AS seq
FROM delivery_log AS d
JOIN alerts AS a ON a.alert_id = d.alert_id
WHERE d.step = 'decided' AND a.epoch = @epoch
