"""The project dialect: ``/v1``, as ``docs/project-api.md`` describes it."""
