-- How did the ads do? One row per group and currency: a day, an ISO week (its Monday), a campaign, an ad group or
-- an ad, in the days that were asked for. Days are those of each account's own zone. Excluded: unique viewers, which
-- cannot be added up; and any sum across currencies. Names are looked up for the rows that are given out.
with sums as (
  {sums}
),
first as materialized (
  from sums order by {order} limit {limit}
)
select
  {columns},
  currency,
  spend,
  impressions,
  clicks,
  conversions,
  round(100 * clicks / nullif(impressions, 0), 4)::DOUBLE as ctr,
  round(spend::DOUBLE / nullif(clicks, 0), 6) as cpc,
  round(1000 * spend::DOUBLE / nullif(impressions, 0), 6) as cpm,
  round(100 * conversions / nullif(clicks, 0), 4)::DOUBLE as conversion_rate,
  round(spend::DOUBLE / nullif(conversions, 0), 6) as cost_per_conversion
from first
{names}
order by {order}
