"""The bots: one conversation for all messengers, and one adapter for each, which translates and does not think."""
