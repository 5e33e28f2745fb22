"""People: the accounts that proved one phone number."""
