"""The nouns of people: accounts, persons, profiles and phone events (``person.py``), and phone numbers (``phone.py``).

An account is what one bot knows of one messenger account; a person is the accounts that proved one phone. Phones are
E.164, compared by the line they reach.
"""
