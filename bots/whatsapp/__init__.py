"""WhatsApp, by Meta's Cloud API (developers.facebook.com): a platform that only calls us.

``adapter.py`` is posted to and sends; ``webhook.py`` checks signatures and takes a post apart, ``incoming.py`` reads
what it holds, ``bodies.py`` and ``parts.py`` write messages (two where one cannot hold it), ``templates.py`` the ones
that reach people outside the 24-hour window, ``formatting.py`` marks texts up, ``errors.py`` says what a refusal means.
"""
