"""A call of an operation, from its arguments to its model."""
