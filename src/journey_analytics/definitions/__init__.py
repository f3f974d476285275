"""Reading and ordering definitions: models, contracts, journeys, touchpoints, settings. Pure: no connection anywhere."""
