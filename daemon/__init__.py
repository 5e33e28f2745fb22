"""The daemon puts everything together and decides nothing."""
