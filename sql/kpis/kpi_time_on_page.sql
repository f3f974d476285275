/*---
description: One row per session and page that it saw. Seconds in the foreground on a page.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
estimate: positive_mean_interval
measure:
  value: mean
  unit: seconds
  direction: higher_better
  title_nl: Tijd op een pagina
  title_en: Time on a page
  base_nl: "bekeken pagina's, per sessie één keer"
  base_en: "pages seen, each once a session"
  description_nl: "Seconden waarin de pagina op de voorgrond stond, zoals de browser die meet. GA4 stuurt ze met de volgende gebeurtenis mee; ze zijn teruggezet op de pagina waar ze besteed zijn. Een pagina die in één sessie vaker geopend wordt telt één keer, met alle tijd samen."
  description_en: "Seconds in which the page was in the foreground, as the browser measures them. GA4 sends them with the next event; they are put back on the page where they were spent. A page that is opened more than once in a session counts once, with all its time."
  needs_nl: de parameter engagement_time_msec van GA4
  needs_en: "GA4's parameter engagement_time_msec"
---*/
select
    'all' as journey_model,
    'all' as phase,
    pages.session_key || ' ' || pages.page_path as unit_key,
    1 as cycle,
    segments.session_date as kpi_date,
    cast(null as timestamp) as matures_at,
    segments.channel_group,
    segments.device_category,
    segments.country,
    segments.visitor_kind,
    segments.persona_id,
    cast(1 as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(pages.engagement_seconds as decimal(18, 4)) as unit_value
from fct_page_engagement as pages
inner join int_session_segments as segments
    on pages.session_key = segments.session_key
where
    pages.page_views > 0
    and segments.is_engaged is not null    -- plain event exports know nothing of engagement
