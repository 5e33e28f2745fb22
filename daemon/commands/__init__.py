"""The commands of ``gatepost``: each reads its options, makes one call, and words the answer."""
