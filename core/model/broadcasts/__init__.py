"""The nouns of broadcasts: one message to many, its audience, its recipients, and how far it has come.

A broadcast is pending, processing (its audience becomes recipients, who are posted), and then completed, cancelled or
failed. It counts its recipients by state, and ``moved`` keeps counts and recipients together.
"""
