-- A row is what may follow earthquake @quake_id for one horizon and magnitude, by its newest champion assessment.
WITH newest AS (
  SELECT quake_id, revision, assessed_at, model_version, forecast
  FROM assessments
  WHERE quake_id = @quake_id AND role = 'champion'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY quake_id ORDER BY revision DESC) = 1
)
SELECT
  newest.quake_id,
  newest.revision,
  newest.assessed_at,
  newest.model_version,
  exceedance.horizon_days,
  exceedance.magnitude_min,
  exceedance.expected,
  exceedance.probability,
  exceedance.baseline_expected,
  exceedance.baseline_probability,
  exceedance.gain
FROM newest, UNNEST(newest.forecast) AS exceedance
ORDER BY exceedance.horizon_days, exceedance.magnitude_min
