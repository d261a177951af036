"""Waiting for a state: when to poll, what a poll means, and the waiters."""
