"""The demo's example site: a small shop whose visitors log in with Gatepost, as a site's developer would write it.

``app.py`` is its server: it verifies tokens by the published keys and writes to customers by the site API. It knows no
other room and is met over HTTP only.
"""
