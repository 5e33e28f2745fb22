"""What goes to a messenger and what comes from it."""
