"""Privacy: what an app knows of a person is erased when its site, or the person, says so."""
