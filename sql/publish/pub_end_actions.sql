/*---
description: One row per key event, orders included, with what those who did it for the first time were worth in the 90 days after.
grain: [event_name]
owner: marketing-analytics
published: state
reference: [dim_property, dim_thresholds, dim_labels]
order_by: [min_sample_ok desc, value_per_person desc, event_name]
columns:
  event_title_nl: {type: varchar, doc: "What the event is in Dutch words; its name where nobody gave it a title"}
  event_title_en: {type: varchar, doc: "What the event is in English words; its name where nobody gave it a title"}
  n: {doc: Persons whose horizon after their first such event has passed}
  pending_n: {doc: Persons whose horizon has not passed; they are not in the figures}
  horizon_days: {type: integer, unit: days, doc: Days after the event in which an order counts}
  own_value: {type: double, unit: property's currency, doc: "Mean value of the event itself, of those that have one; null where none has"}
  own_values: {type: bigint, doc: Those of n whose event had a value of its own}
  order_share: {type: double, unit: share, doc: Of n those that ordered after it within the horizon}
  order_share_ci_low: {type: double, unit: share, doc: Lower end of the interval of order_share}
  order_share_ci_high: {type: double, unit: share, doc: Upper end of the interval of order_share}
  ordered: {type: bigint, doc: Persons of n who ordered after it within the horizon}
  value_per_person: {type: double, unit: property's currency, doc: "Mean value of the orders after it, over all n, those without an order too; null where no order has a value, and value_reason says so"}
  value_ci_low: {type: double, unit: property's currency, doc: Lower end of the interval of value_per_person}
  value_ci_high: {type: double, unit: property's currency, doc: Upper end of the interval of value_per_person}
  value_method: {type: varchar, doc: "How the interval of value_per_person was made: t_from_zero"}
checks:
  - {name: who_ordered_is_part, severity: fail, sql: ordered <= n, why: a share would pass 100 %}
---*/
select
    shares.event_name,
    coalesce(labels.label_nl, shares.event_name) as event_title_nl,
    coalesce(labels.label_en, shares.event_name) as event_title_en,
    shares.denominator as n,
    shares.pending_n,
    cast(round(limits.limit_value) as integer) as horizon_days,
    round(cast(amounts.own_value_sum as double) / nullif(amounts.own_values, 0), 12) as own_value,
    coalesce(amounts.own_values, 0) as own_values,
    shares.value as order_share,
    shares.ci_low as order_share_ci_low,
    shares.ci_high as order_share_ci_high,
    shares.numerator as ordered,
    amounts.value as value_per_person,
    amounts.ci_low as value_ci_low,
    amounts.ci_high as value_ci_high,
    amounts.ci_method as value_method,
    property.currency,
    reasons.enum_value as value_reason,
    reasons.label_nl as value_reason_nl,
    reasons.label_en as value_reason_en,
    shares.min_sample_ok
from int_end_action_shares as shares
cross join dim_property as property
inner join dim_thresholds as limits
    on limits.model = 'int_end_actions' and limits.threshold = 'horizon_days'
left join int_end_action_values as amounts
    on shares.event_name = amounts.event_name
left join dim_labels as labels
    on labels.enum = 'event_name' and shares.event_name = labels.enum_value
left join dim_labels as reasons
    on reasons.enum = 'value_reason' and reasons.enum_value = 'no_value' and shares.denominator > 0 and amounts.value is null
