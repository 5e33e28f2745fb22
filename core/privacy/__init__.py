"""Privacy: what an app knows of a person is erased when its site, or the person, says so.

Messages go first, some in each transaction, and those still to be sent are cancelled; the subscription goes last,
with its enrolments, codes, profiles and what the site was told of it. An erasure that was interrupted can be asked
for again.

``erasure`` is the whole story. It stands above sending and subscribers and reaches into the rows of every story; no
other story may know it.
"""
