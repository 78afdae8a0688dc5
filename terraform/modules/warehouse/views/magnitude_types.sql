-- A row is one magnitude type: reports, earthquakes and mean magnitude, most frequent first.
SELECT
  magnitude_type,
  COUNT(*) AS reports,
  COUNT(DISTINCT quake_id) AS earthquakes,
  AVG(magnitude) AS mean_magnitude
FROM `${dataset}.event_reports`
GROUP BY magnitude_type
ORDER BY reports DESC, magnitude_type
