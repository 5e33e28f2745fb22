"""Later: what is to be sent at a time, again and again, or step by step."""
