-- A row is one scheduled issue of one model: mean gain in nats a forecast over the normal day, there and up to then.
-- Windows that only touch: issued at midnight UTC of every @horizon_days-th day, without knowing their future.
WITH known AS (
  SELECT
    forecasts.issued_at,
    forecasts.role,
    forecasts.expected,
    outcomes.observed,
    GREATEST(LEAST(forecasts.probability, 1 - 1e-12), 1e-12) AS chance,
    GREATEST(LEAST(forecasts.baseline_probability, 1 - 1e-12), 1e-12) AS normal
  FROM forecasts
  JOIN outcomes
    ON outcomes.issued_at = forecasts.issued_at AND outcomes.cell = forecasts.cell AND outcomes.role = forecasts.role
    AND outcomes.horizon_days = forecasts.horizon_days AND outcomes.magnitude_min = forecasts.magnitude_min
  WHERE NOT forecasts.hindsight
    AND forecasts.horizon_days = @horizon_days
    AND forecasts.magnitude_min = @magnitude_min
    AND EXTRACT(HOUR FROM forecasts.issued_at) = 0
    AND EXTRACT(MINUTE FROM forecasts.issued_at) = 0
    AND MOD(DATE_DIFF(DATE(forecasts.issued_at), DATE '0001-01-01', DAY) + 1, @horizon_days) = 0
),
issued AS (
  SELECT
    issued_at,
    role,
    COUNT(*) AS forecasts,
    SUM(expected) AS expected,
    SUM(observed) AS observed,
    SUM(CASE WHEN observed > 0 THEN LN(chance / normal) ELSE LN((1 - chance) / (1 - normal)) END) AS gain_sum
  FROM known
  GROUP BY issued_at, role
)
SELECT
  issued_at,
  role,
  forecasts,
  expected,
  observed,
  gain_sum / forecasts AS gain,
  SUM(gain_sum) OVER (PARTITION BY role ORDER BY issued_at)
    / SUM(forecasts) OVER (PARTITION BY role ORDER BY issued_at) AS running_gain
FROM issued
ORDER BY issued_at, role
