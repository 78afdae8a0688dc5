-- The one row is the newest sequence number of any stored report, null without one: where ingest goes on.
SELECT MAX(sequence) AS last_sequence FROM `${dataset}.event_reports`
