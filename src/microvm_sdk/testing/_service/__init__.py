"""The local service: its state, its rules and its wire format, on moto's backends.

moto finds the routes of a backend by the name of the backend's module, so `models` and `urls` have
the names and the place that moto needs. A request goes through `urls`, `responses`, `wire`
(reading), `constraints` and one of the modules in `operations`, which work on an `account`.
"""
