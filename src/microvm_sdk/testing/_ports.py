"""The ports that software in MicroVMs listens on."""

DEFAULT_PORT = 8080
"""Where requests go that name no port."""
LARGEST_PORT = 65_535
