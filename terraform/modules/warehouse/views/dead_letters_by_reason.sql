-- A row is one reason why messages of one source could not be read: how many, and when first and last.
SELECT
  source,
  reason,
  COUNT(*) AS messages,
  MIN(received_at) AS first_received_at,
  MAX(received_at) AS last_received_at
FROM `${dataset}.dead_letters`
GROUP BY source, reason
ORDER BY messages DESC, source, reason
