-- A row is the alert with id @alert_id.
SELECT *
FROM alerts
WHERE alert_id = @alert_id
LIMIT 1
