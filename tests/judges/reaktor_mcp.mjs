// Owns asking the official TypeScript client of MCP to do a whole day's work at Data Reaktor's endpoint: every tool, every resource.
// Must not know what skills write: what is asked for comes from the catalogue, and what comes back is held to it.
//
//     node reaktor_mcp.mjs URL KEY        URL is where the dialect is mounted
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { setTimeout as wait } from 'node:timers/promises';

const [url, key] = process.argv.slice(2);
const headers = { 'X-API-Key': key };
const MIRRORED = { 'drk://catalog/skills': '/api/v1/skills', 'drk://catalog/workflows': '/api/v1/workflows', 'drk://docs/openapi': '/api/v1/openapi.json' };

const client = new Client({ name: 'judge', version: '1' }, { versionNegotiation: { mode: 'auto' } });
await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }));

async function call(name, given = {}) {
  const answer = await client.callTool({ name, arguments: given });
  ok(!answer.isError, `${name}: ${JSON.stringify(answer)}`);
  ok(answer.structuredContent, `${name} answers nothing structured: ${JSON.stringify(answer)}`);
  return answer.structuredContent;
}

async function ended(task) {
  for (let tries = 0; tries < 200; tries++) {
    const now = await call('get_task_status', { taskId: task });
    if (now.status !== 'queued') return now;
    await wait(100);
  }
  throw new Error(`${task} stays queued`);
}

const tools = new Set((await client.listTools()).tools.map((tool) => tool.name));
const catalog = await call('list_capabilities');
const before = (await call('check_credits')).credits;
let cost = 0;
for (const { name, mode, examplePayload } of catalog.capabilities) {
  ok(tools.has(name), `${name} is no tool`);
  const done = await call(name, examplePayload);
  if (mode === 'sync') {
    strictEqual(done.status, 'completed', name);
    ok(done.output, `${name} gives no output at once`);
  } else {
    strictEqual(done.status, 'queued', name);
    const later = await ended(done.taskId);
    strictEqual(later.status, 'completed', `${name}: ${later.error}`);
    ok(later.output, `${name} gives no output`);
  }
  cost += done.creditsCharged;
  console.log(`ok   ${mode} ${name}`);
}
for (const { id: tool, examplePayload } of catalog.workflows) {
  ok(tools.has(tool), `${tool} is no tool`);
  const queued = await call(tool, examplePayload);
  strictEqual(queued.status, 'queued', tool);
  strictEqual((await ended(queued.taskId)).status, 'completed', tool);
  cost += queued.creditsCharged;
  console.log(`ok   workflow ${tool}`);
}
ok(cost > 0, 'nothing was charged');
strictEqual((await call('check_credits')).credits, before - cost, 'the balance falls by what was charged');

const { resources } = await client.listResources();
deepStrictEqual(resources.map((each) => each.uri).sort(), [...Object.keys(MIRRORED), 'drk://docs/agents-md'].sort());
for (const { uri } of resources) {
  const { text } = (await client.readResource({ uri })).contents[0];
  if (uri in MIRRORED) {
    const mirrored = await fetch(url + MIRRORED[uri], { headers });
    deepStrictEqual(JSON.parse(text), await mirrored.json(), `${uri} differs from ${MIRRORED[uri]}`);
  } else {
    ok(text.startsWith('# '), `${uri} is no Markdown`);
  }
  console.log(`ok   resource ${uri}`);
}

const refused = await client.callTool({ name: 'lead_scoring', arguments: { company: 'Acme' } });
ok(refused.isError, 'a lead without a name was scored');
// The client holds every answer against the tool's schema: what is refused must fit it too.
const unknown = await client.callTool({ name: 'get_task_status', arguments: { taskId: 'task_x' } });
ok(unknown.isError && JSON.stringify(unknown).includes('NOT_FOUND'), `no task, and no word of it: ${JSON.stringify(unknown)}`);
await client.close();
console.log('ok   all');
process.exit(0);
