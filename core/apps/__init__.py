"""Apps: the sites and projects that use us, their keys, templates and settings."""
