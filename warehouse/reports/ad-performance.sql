-- How did the ads do? One row per group and currency: a day, an ISO week (its Monday), a campaign, an ad group or
-- an ad, in the days that were asked for. Days are those of each account's own zone. Excluded: unique viewers, which
-- cannot be added up; and any sum across currencies.
with facts as (
  {facts}
),
grouped as (
  select
    {group},
    currency,
    sum(spend)::DECIMAL(38,4) as spend,
    sum(impressions)::BIGINT as impressions,
    sum(clicks)::BIGINT as clicks,
    sum(conversion)::BIGINT as conversions
  from facts
  group by all
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
from grouped
{names}
order by {order}
limit {limit}
