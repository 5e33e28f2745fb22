"""People as far as Gatepost knows them: accounts, persons, profiles, and phone numbers.

An account is one messenger account as one bot knows it; a person is the set of accounts that proved the same phone. An
account belongs to one person at a time, and a phone that moves or joins people is an event. Names of people are passed
on to sites, and never kept here.

Read ``person.py``, then ``phone.py`` (E.164, and when two numbers are the same line). It may know ids, and no other
room.
"""
