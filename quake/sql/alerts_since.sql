-- A row is one message of the alert log of @epoch after @seq, in the log's order, at most @limit.
SELECT
    alert_id, seq, epoch, alert_number, message_type, notify, `references`, superseded_by, quake_id, revision,
    model_version, sequence, sent_at, reason, headline, alert_level, forecast_level, origin_time, latitude,
    longitude, depth_km, magnitude, magnitude_type, review_status, place, intensity, people_mmi6, probability,
    baseline_probability, gain, forecast, mode, hindsight, drill
FROM alerts
WHERE epoch = @epoch AND seq > @seq
ORDER BY seq
LIMIT @limit
