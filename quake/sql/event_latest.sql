-- A row is one earthquake as last assessed by the champion at @as_of, whatever its status.
SELECT *
FROM assessments
WHERE quake_id = @quake_id AND role = 'champion' AND assessed_at <= @as_of
ORDER BY revision DESC
LIMIT 1
