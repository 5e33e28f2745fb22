"""One-time passwords: digits in a message, for sites that ask for them."""
