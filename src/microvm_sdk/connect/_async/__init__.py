"""The HTTP clients, their transports and `wait_until_responding`.

`_async` is written by hand, and `scripts/unasync.py` generates `_sync` from it.
"""
