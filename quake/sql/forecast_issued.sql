-- The one row is when the newest scheduled grid of model @role known at @as_of was issued, null before the first.
SELECT MAX(issued_at) AS issued_at FROM forecasts WHERE role = @role AND issued_at <= @as_of
