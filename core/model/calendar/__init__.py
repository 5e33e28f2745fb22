"""The calendar: time zones, the hours in which people are left alone, and what recurs.

Pure functions of a moment and a zone. Moments are aware and in UTC; what a clock on a wall shows is a time without a
zone, and nights in which clocks jump are decided here and nowhere else.

Read ``time_zones.py`` (times as sites write them, zones, where a phone's owner may live), ``quiet_hours.py`` (when it
is quiet, and until when), ``recurrence.py`` (intervals and cron). It may know ids, and no other room.
"""
