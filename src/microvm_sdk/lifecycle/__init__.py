"""The life of a MicroVM."""
