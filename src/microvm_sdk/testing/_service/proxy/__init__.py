"""The proxy in front of the MicroVMs' endpoints, and the software behind it."""
