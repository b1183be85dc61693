"""Owns being a seller's agent on ARTRA with the official Python client, as artra_seller.mjs is with the TypeScript one.

    artra_seller.py FILE_WITH_THE_URL TOKEN

Prints `step N NAME` before each step and `outcome JSON` at the end.
"""

import asyncio
import json
import sys
import time

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

place, token = sys.argv[1:]
PATIENCE = 90
RETRIED = ("database_unavailable", "idempotency_conflict", "internal_error")
step = 0


class Refused(Exception):
    """An answer that no second call makes better."""


async def attempt(tool, arguments):
    with open(place, encoding="utf-8") as file:
        url = file.read().strip() + "/artra/mcp"
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=20) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            return await client.call_tool(tool, arguments)


async def ask(tool, **arguments):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = await asyncio.wait_for(attempt(tool, arguments), 20)
        except Exception:  # Whatever breaks when the server is gone: the client has many names for it.
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
            continue
        said = answer.structured_content
        if not answer.is_error:
            return said
        if said["error"]["code"] not in RETRIED or time.monotonic() > deadline:
            raise Refused(f"{tool}: {said}")
        await asyncio.sleep(0.1)


def begin(name):
    global step
    step += 1
    print(f"step {step} {name}", flush=True)


async def commit(tool, **arguments):
    begin(f"preview {tool}")
    preview = await ask(tool, **arguments)
    assert preview["dry_run"] is True and preview["digest"], preview
    begin(f"commit {tool}")
    agreed = {"dry_run": False, "plan_digest": preview["digest"], "idempotency_key": f"seller-{step}"}
    done = await ask(tool, **arguments, **agreed)
    assert done["dry_run"] is False, done
    return preview, done


async def main():
    begin("whoami")
    me = await ask("whoami")
    begin("discover")
    query = "software companies in Berlin hiring sales"
    found = await ask("discover", query=query, people_per_company=10, idempotency_key="seller-discover")
    people = [person for company in found["companies"] for person in company["people"]]
    contact_ids = sorted(person["contact_id"] for person in people)
    _, enriched = await commit("enrich", contact_ids=contact_ids, find_email=True)
    begin("list")
    sequence = (await ask("list_sequences"))["sequences"][0]
    workflow = (await ask("list_workflows"))["workflows"][0]
    adding, added = await commit("add_contacts", id=sequence["id"], contact_ids=contact_ids)
    starting, started = await commit("start_workflow", id=workflow["id"], contact_ids=contact_ids)
    begin("poll")
    deadline = time.monotonic() + PATIENCE
    while True:
        execution = await ask("get_execution", id=started["execution_id"])
        if execution["finished"]:
            break
        assert time.monotonic() < deadline, execution
        await asyncio.sleep(0.3)
    begin("contacts")
    listed = await ask("list_contacts", limit=100)
    outcome = {
        "email": me["user"]["email"],
        "companies": [company["name"] for company in found["companies"]],
        "charged": found["credits"]["charged"],
        "enriched": sorted(f"{each['value']} {each['credits']}" for each in enriched["found"]),
        "previewed": [adding["added_count"], starting["started_count"]],
        "done": [added["added_count"], started["started_count"]],
        "contacts": sorted(contact["email"] for contact in listed["contacts"]),
        "total": listed["total"],
        "status": execution["status"],
        "steps": sorted(
            ", ".join(f"{each['step']} {each['status']}" for each in contact["steps"]) for contact in execution["contacts"]
        ),
    }
    print("outcome " + json.dumps(outcome), flush=True)


asyncio.run(main())
