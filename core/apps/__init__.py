"""Apps: the sites and projects that use us, their keys, templates and settings.

The operator creates an app, which is enabled or disabled, and hands its keys to the site; of a key only a digest is
kept, and after a rotation the last ones work for seven days beside the new. A site keeps its tags, permissions,
sender and templates itself, through the API. Every other story asks here whether an app exists and may act.

Read ``administration`` (the operator's side), ``api_keys`` (which app calls), ``project`` and ``templates`` (what a
site keeps), and ``lookup``, by which the stories find an app inside their units of work. A story of the lowest floor:
it knows ports, model and basics, and no other story.
"""
