"""Housekeeping: what is kept for a time only is erased when its time is over.

``sweep`` holds the times, and the questions that stand in chats about logins that are over. It works through rows a
few hundred in a transaction, so that no login waits for it, and may be stopped and begun again anywhere. The daemon's
schedule calls it; it knows the store and no other story. What an app's visitor has erased is ``privacy``'s.
"""
