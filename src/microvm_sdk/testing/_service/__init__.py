"""The service itself: its state, its rules and its wire form, on moto's backends.

moto finds a backend's routes by the backend's module name, so `models` and `urls` are named and
placed as moto needs them; the rest is a module per resource.
"""
