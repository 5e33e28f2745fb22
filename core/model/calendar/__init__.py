"""Clocks on walls: time zones (``time_zones.py``), quiet hours, and what recurs (``recurrence.py``).

Pure functions of a moment and a zone; nights in which a clock jumps are decided here.
"""
