"""The lock of the service's state, and how to wait for a change of it."""

import threading

# The server handles each request in a thread, and the backends have no locks of their own.
STATE_LOCK = threading.RLock()
HOOK_ENDED = threading.Condition(STATE_LOCK)
"""Notified when a hook has responded or timed out."""
