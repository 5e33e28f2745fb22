"""A strict stand-in for MAX's Bot API and for the MAX app on people's phones."""
