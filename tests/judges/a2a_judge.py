"""Owns asking the official client of A2A to read a card and to have a task done; judges nothing beyond that.

    a2a_judge.py URL KEY
"""

import asyncio
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types.a2a_pb2 import Message, Part, Role, SendMessageRequest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Value

url, key = sys.argv[1:]
work = {"skill": "lead_scoring", "input": {"contactName": "Jane Smith", "company": "Acme Corp"}}


async def main():
    async with httpx.AsyncClient(headers={"X-API-Key": key}, timeout=30) as http:
        card = await A2ACardResolver(http, url).get_agent_card()
        assert card.supported_interfaces[0].protocol_version == "1.0", card
        print(f"ok   {len(card.skills)} skills")
        client = ClientFactory(ClientConfig(httpx_client=http, streaming=False)).create(card)
        for part in (Part(text="hi"), Part(data=ParseDict(work, Value()))):
            message = Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=[part])
            async for event in client.send_message(SendMessageRequest(message=message)):
                said = MessageToDict(event)
                print("said", str(said)[:300])
        task = said["task"]
        assert task["status"]["state"] == "TASK_STATE_COMPLETED", said
        assert task["artifacts"][0]["parts"][0]["data"]["score"] >= 0, said
        print("ok   completed")


asyncio.run(main())
