"""What the bots say, one file a language; a new language is a new file with the same keys."""
