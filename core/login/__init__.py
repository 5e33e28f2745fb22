"""Login: a visitor proves in a messenger who they are, and the site gets to know it, once."""
