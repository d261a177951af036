"""The local service: its state, its rules and its wire format, on moto's backends.

moto finds a backend and its routes by the names of their modules, so `models` and `urls` have the
names and the place that moto needs. A request goes through `urls`, `http.dispatch`, `http.wire`
(parsing) and `http.constraints` to one of the modules in `operations`, which work on an `account`.
`proxy` responds to requests to the endpoints of MicroVMs.

The service has its own header names, ports and ARN formats. If it shared the client's, a mistake in
them would be made on both sides, and no test would notice it.
"""
