-- A row is one decision about one model and why, newest first, at most @limit.
SELECT model_version, decided_at, decision, previous_version, reason, gain, gain_low, gain_high, run_id, dataset_hash
FROM model_decisions
ORDER BY decided_at DESC, model_version
LIMIT @limit
