"""The site dialect: ``/api/v1``, as ``docs/site-api.md`` describes it."""
