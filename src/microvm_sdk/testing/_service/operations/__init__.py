"""The operations, a module for each kind of resource.

Each class has a method for each of its operations, which takes the input by wire name and returns
the body of the response.
"""
