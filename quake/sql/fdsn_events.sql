-- A row is one earthquake that still stands, as last assessed by the champion, that an FDSN query asks for.
-- Distances are great-circle degrees (haversine). Wide rows are fetched last, for the answer only.
WITH latest AS (
  SELECT quake_id, revision, status, origin_time, assessed_at, latitude, longitude, depth_km, magnitude, magnitude_type, source
  FROM assessments
  WHERE role = 'champion'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY quake_id ORDER BY revision DESC) = 1
),
placed AS (
  SELECT
    *,
    ASIN(SQRT(LEAST(1.0,
      POW(SIN((latitude - @latitude) * ACOS(-1) / 360), 2)
      + COS(latitude * ACOS(-1) / 180) * COS(@latitude * ACOS(-1) / 180)
        * POW(SIN((longitude - @longitude) * ACOS(-1) / 360), 2)))) * 360 / ACOS(-1) AS distance_deg
  FROM latest
),
page AS (
  SELECT
    quake_id,
    revision,
    CASE @orderby
      WHEN 'time-asc' THEN CAST(UNIX_MICROS(origin_time) AS FLOAT64)
      WHEN 'magnitude' THEN -COALESCE(magnitude, -99.0)
      WHEN 'magnitude-asc' THEN COALESCE(magnitude, -99.0)
      ELSE -CAST(UNIX_MICROS(origin_time) AS FLOAT64)
    END AS place_in_order
  FROM placed
  WHERE (@quake_id = '' OR quake_id = @quake_id)
    AND status = 'active'
    AND origin_time >= @starttime
    AND origin_time <= @endtime
    AND assessed_at > @updatedafter
    AND latitude BETWEEN @minlatitude AND @maxlatitude
    AND (longitude BETWEEN @minlongitude AND @maxlongitude
      OR (@minlongitude > @maxlongitude AND (longitude >= @minlongitude OR longitude <= @maxlongitude)))
    AND distance_deg BETWEEN @minradius AND @maxradius
    AND COALESCE(depth_km, 0.0) BETWEEN @mindepth AND @maxdepth
    AND COALESCE(magnitude, -99.0) BETWEEN @minmagnitude AND @maxmagnitude
    AND (@magnitudetype = '' OR magnitude_type = @magnitudetype)
    AND (@contributor = '' OR source = @contributor)
  ORDER BY place_in_order, quake_id
  LIMIT @limit OFFSET @skipped
)
SELECT assessments.*
FROM assessments
JOIN page ON assessments.quake_id = page.quake_id AND assessments.revision = page.revision
WHERE assessments.role = 'champion'
ORDER BY page.place_in_order, assessments.quake_id
