"""The threads and the calls of the asynchronous client."""
