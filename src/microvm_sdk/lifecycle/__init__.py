"""The life of a MicroVM: starting one, and not losing it.

with running(client, image_identifier=image) as microvm:
print(microvm.url)
"""

from microvm_sdk.lifecycle._running import RunSettings, async_running, running

__all__ = ["RunSettings", "async_running", "running"]
