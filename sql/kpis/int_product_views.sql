/*---
description: One row per session that looked at a product, with how often it did.
grain: [session_key]
owner: marketing-analytics
rebuild_by: session_key
order_by: [session_key]
columns:
  product_views: {doc: Number of view_item events, unit: product views}
---*/
select session_key, count(*) as product_views
from fct_events
where event_name = 'view_item' and session_key is not null and source_identity = 'own'
group by session_key
