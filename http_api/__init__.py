"""The thin HTTP facade: a handler reads, makes one call into the core, and words the answer."""
