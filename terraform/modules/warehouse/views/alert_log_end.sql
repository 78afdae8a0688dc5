-- A row is one epoch of the alert log with its last seq, newest epoch first.
SELECT epoch, MAX(seq) AS last_seq, COUNT(*) AS messages, MAX(sent_at) AS last_sent_at
FROM `${dataset}.alerts`
GROUP BY epoch
ORDER BY last_sent_at DESC, epoch
