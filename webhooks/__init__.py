"""The post to the addresses of sites, trusting none of them.

``sender.py`` posts once and returns an answer, whatever happens; ``names.py`` looks host names up and ``addresses.py``
says which addresses may be reached, both before a connection is made, so that no site can turn us against the inside of
our own network (``docs/security.md``, T26).

It knows ``core`` alone.
"""
