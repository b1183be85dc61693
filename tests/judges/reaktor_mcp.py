"""Owns asking the official Python client of MCP, and FastMCP's, to have tasks done at Data Reaktor's endpoint and to read its resources.
Must not know what skills write: what is asked for comes from the catalogue.

    reaktor_mcp.py URL KEY        URL is where the dialect is mounted
"""

import asyncio
import json
import sys

import fastmcp
import httpx2
from fastmcp.client.transports import StreamableHttpTransport
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

url, key = sys.argv[1:]
headers = {"X-API-Key": key}
RESOURCES = {"drk://catalog/skills", "drk://catalog/workflows", "drk://docs/openapi", "drk://docs/agents-md"}


async def work(name, call, resources, read):
    """Has one task done at once and one later, and reads every resource."""
    catalog = await call("list_capabilities", {})
    skills = {each["name"]: each for each in catalog["capabilities"]}
    before = (await call("check_credits", {}))["credits"]
    done = await call("lead_scoring", skills["lead_scoring"]["examplePayload"])
    assert done["status"] == "completed" and 0 <= done["output"]["score"] <= 100, done
    queued = await call("research", skills["research"]["examplePayload"])
    assert queued["status"] == "queued" and "output" not in queued, queued
    for _ in range(200):
        task = await call("get_task_status", {"taskId": queued["taskId"]})
        if task["status"] != "queued":
            break
        await asyncio.sleep(0.1)
    assert task["status"] == "completed" and task["output"]["inmails"], task
    cost = skills["lead_scoring"]["creditCost"] + skills["research"]["creditCost"]
    assert (await call("check_credits", {}))["credits"] == before - cost

    found = {str(each.uri) for each in await resources()}
    assert found == RESOURCES, found
    for uri in RESOURCES:
        text = await read(uri)
        assert text.startswith("# ") if uri.endswith("agents-md") else json.loads(text), uri
    print(f"ok   {name}: {len(skills)} skills, {len(found)} resources")


async def main():
    async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
        async with Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client:

            async def call(tool, given):
                answer = await client.call_tool(tool, given)
                assert not answer.is_error, answer
                return answer.structured_content

            async def resources():
                return (await client.list_resources()).resources

            async def read(uri):
                return (await client.read_resource(uri)).contents[0].text

            await work("mcp", call, resources, read)

    async with fastmcp.Client(StreamableHttpTransport(f"{url}/mcp", headers=headers)) as client:

        async def call_fast(tool, given):
            return (await client.call_tool(tool, given)).structured_content

        async def read_fast(uri):
            return (await client.read_resource(uri))[0].text

        await work("fastmcp", call_fast, client.list_resources, read_fast)


asyncio.run(main())
