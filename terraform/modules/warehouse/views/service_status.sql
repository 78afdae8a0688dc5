-- The one row is the state of the service: counts, newest times, the champion that last assessed, where history ends.
SELECT
  (SELECT COUNT(*) FROM `${dataset}.event_reports`) AS event_reports,
  (SELECT COUNT(*) FROM `${dataset}.assessments`) AS assessments,
  (SELECT COUNT(*) FROM `${dataset}.alerts`) AS alerts,
  (SELECT COUNT(*) FROM `${dataset}.dead_letters`) AS dead_letters,
  (SELECT COUNT(*) FROM `${dataset}.history`) AS history,
  (SELECT MAX(ingested_at) FROM `${dataset}.event_reports`) AS reported_at,
  (SELECT MIN(origin_time) FROM `${dataset}.event_reports`) AS first_origin_time,
  (SELECT MAX(origin_time) FROM `${dataset}.history`) AS history_ends_at,
  (SELECT model_version FROM `${dataset}.assessments` WHERE role = 'champion' ORDER BY processed_sequence DESC LIMIT 1)
    AS model_version,
  (SELECT hindsight FROM `${dataset}.assessments` WHERE role = 'champion' ORDER BY processed_sequence DESC LIMIT 1) AS hindsight
