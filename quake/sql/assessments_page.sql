-- A row is one assessment known at @as_of, newest first; of one earthquake unless @quake_id is empty.
SELECT *
FROM assessments
WHERE role = @role
  AND assessed_at <= @as_of
  AND (@quake_id = '' OR quake_id = @quake_id)
  AND (processed_sequence < @before_sequence
    OR (processed_sequence = @before_sequence AND quake_id < @before_id)
    OR (processed_sequence = @before_sequence AND quake_id = @before_id AND revision < @before_revision))
ORDER BY processed_sequence DESC, quake_id DESC, revision DESC
LIMIT @limit
