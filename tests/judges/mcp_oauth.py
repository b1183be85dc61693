"""Owns asking the official Python client of MCP, and FastMCP's, to sign in by OAuth and to call a tool; judges nothing beyond that.

    mcp_oauth.py URL TOOL ARGUMENTS METADATA_URL

COOKIE is a session that agrees by itself; METADATA_URL is the address of the document a client is known by (CIMD).
"""

import asyncio
import json
import os
import sys
from urllib.parse import parse_qs, urlparse

import fastmcp
import httpx
import httpx2
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata

url, tool, given, document = sys.argv[1:]
callback = "http://127.0.0.1:33420/cb"


class Kept:
    """What a client remembers."""

    tokens = None
    client = None
    answer = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def sign_in_and_call(name, metadata_url):
    kept = Kept()

    async def redirect(address):
        assert parse_qs(urlparse(address).query)["resource"] == [url], address
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(address, headers={"cookie": os.environ["COOKIE"]})
        location = answer.headers.get("location")
        assert location and location.startswith(callback), (answer.status_code, location, answer.text[:300])
        kept.answer = {key: values[0] for key, values in parse_qs(urlparse(location).query).items()}

    async def returned():
        return AuthorizationCodeResult(code=kept.answer["code"], state=kept.answer.get("state"), iss=kept.answer.get("iss"))

    about = OAuthClientMetadata(
        client_name="judge",
        redirect_uris=[callback],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
    )
    auth = OAuthClientProvider(url, about, kept, redirect, returned, client_metadata_url=metadata_url)
    async with httpx2.AsyncClient(auth=auth) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            tools = (await client.list_tools()).tools
            answer = await client.call_tool(tool, json.loads(given))
    assert not answer.is_error, answer
    assert (kept.client.client_id == metadata_url) == (metadata_url is not None), kept.client
    assert kept.tokens.refresh_token, "no refresh token"
    print(f"ok   mcp, {name}: {len(tools)} tools, scope {kept.tokens.scope}")
    return kept.tokens.access_token


async def main():
    await sign_in_and_call("registered", None)
    token = await sign_in_and_call("by its document", document)
    async with fastmcp.Client(url, auth=token) as client:
        tools = await client.list_tools()
        answer = await client.call_tool(tool, json.loads(given))
        assert answer.structured_content, answer
        print(f"ok   fastmcp: {len(tools)} tools")


asyncio.run(main())
