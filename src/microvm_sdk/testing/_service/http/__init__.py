"""Requests and responses: reading, checking, dispatching and writing them."""
