"""A strict stand-in for Telegram's Bot API and for the Telegram app on people's phones."""
