-- A row is the report that the engine took in as number @processed_sequence.
SELECT quake_id, processed_sequence FROM event_reports WHERE processed_sequence = @processed_sequence
