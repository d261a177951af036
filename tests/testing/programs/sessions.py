"""Three session managers as programs have them in production: they know nothing of the tests.

Each starts a MicroVM, calls the software in it by its endpoint, and terminates it.
"""

import asyncio
import sys

import aiohttp
import boto3
import httpx
import requests


def started(client, image):
    microvm = client.run_microvm(imageIdentifier=image)
    client_waits = microvm["microvmId"]
    while client.get_microvm(microvmIdentifier=client_waits)["state"] != "RUNNING":
        pass
    token = client.create_microvm_auth_token(
        microvmIdentifier=client_waits, expirationInMinutes=5, allowedPorts=[{"port": 8080}]
    )
    return client_waits, f"https://{microvm['endpoint']}/", dict(token["authToken"])


def call_with_requests(url, headers):
    return requests.get(url, headers=headers, timeout=10).text


def call_with_httpx(url, headers):
    return httpx.get(url, headers=headers, timeout=10).text


def call_with_aiohttp(url, headers):
    async def call():
        async with (
            aiohttp.ClientSession(trust_env=True) as session,
            session.get(url, headers=headers) as response,
        ):
            return await response.text()

    return asyncio.run(call())


if __name__ == "__main__":
    library, image = sys.argv[1:]
    client = boto3.client("lambda-microvms")
    microvm, url, headers = started(client, image)
    print(globals()[f"call_with_{library}"](url, headers))
    client.terminate_microvm(microvmIdentifier=microvm)
