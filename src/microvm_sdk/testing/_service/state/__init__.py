"""What the local service stores, and how it changes with time."""
