"""The commands of `python -m microvm_sdk`. Each is a function with its arguments."""
