"""Persons, accounts and phone numbers."""
