// Owns asking the official TypeScript clients of MCP, of both eras, to list and call on a server; judges nothing beyond that.
//
//     node mcp_clients.mjs URL KEY TOOL ARGUMENTS
import { Client as Modern, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const [url, key, tool, given] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${key}` };
const fail = (what) => {
  throw new Error(what);
};

async function listAndCall(name, client) {
  const { tools } = await client.listTools();
  tools.some((each) => each.name === tool) || fail(`${name}: ${tool} is not listed`);
  const answer = await client.callTool({ name: tool, arguments: JSON.parse(given) });
  answer.isError && fail(`${name}: ${JSON.stringify(answer)}`);
  answer.structuredContent || fail(`${name}: nothing structured in ${JSON.stringify(answer)}`);
  const { resources } = await client.listResources();
  const read = await client.readResource({ uri: resources[0].uri });
  read.contents[0].text || fail(`${name}: nothing in ${resources[0].uri}`);
  console.log(`ok   ${name}: ${tools.length} tools, ${resources.length} resources`);
}

const old = new Client({ name: 'judge', version: '1' });
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
await old.connect(transport);
transport.sessionId || fail('no session');
await listAndCall('with a session', old);
const before = (await old.listTools()).tools.length;
const told = new Promise((resolve) => old.setNotificationHandler(ToolListChangedNotificationSchema, resolve));
await old.callTool({ name: 'enable_toolset', arguments: { name: 'audit' } });
await Promise.race([told, new Promise((_, reject) => setTimeout(() => reject(new Error('not told that tools changed')), 10_000))]);
(await old.listTools()).tools.length > before || fail('no more tools after enable_toolset');
console.log('ok   told that the tools changed');
await transport.terminateSession();
await old.close();

for (const mode of ['auto', 'legacy']) {
  const client = new Modern({ name: 'judge', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new ModernTransport(new URL(url), { requestInit: { headers } }));
  await listAndCall(`negotiating ${mode}, ${client.getNegotiatedProtocolVersion?.() ?? ''}`, client);
  await client.close();
}

const strange = new Client({ name: 'judge', version: '1' });
const refused = await strange
  .connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: 'Bearer or_live_no' } } }))
  .then(() => false, (error) => /401|Unauthorized|invalid/i.test(String(error)));
refused || fail('a wrong key was not refused');
console.log('ok   a wrong key is refused');
process.exit(0);
