-- A row is the newest decision about model @model_version, with the gain that it rests on.
SELECT model_version, decided_at, decision, previous_version, reason, gain, gain_low, gain_high
FROM model_decisions
WHERE model_version = @model_version
ORDER BY decided_at DESC
LIMIT 1
