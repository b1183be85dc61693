// Owns being a seller's agent on ARTRA with the official TypeScript client: discover, enrich, preview, commit, start a workflow and poll
// it to its end, asking again whenever the server is gone. Judges only that every answer is one; the test compares what came of it.
//
//     node artra_seller.mjs http FILE_WITH_THE_URL TOKEN
//     node artra_seller.mjs stdio PROGRAM TOKEN       kills the program once in every step
//
// Prints `step N NAME` before each step and `outcome JSON` at the end.
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [way, place, token] = process.argv.slice(2);
const PATIENCE = 90_000;
const RETRIED = ['database_unavailable', 'idempotency_conflict', 'internal_error'];
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class Refused extends Error {}

let connected;
let step = 0;
let doomed = false;

async function connect() {
  const client = new Client({ name: 'seller', version: '1' });
  const headers = { Authorization: `Bearer ${token}` };
  const transport =
    way === 'stdio'
      ? new StdioClientTransport({ command: place, args: ['mcp', '--key', token], env: process.env, stderr: 'ignore' })
      : new StreamableHTTPClientTransport(new URL(`${readFileSync(place, 'utf8').trim()}/artra/mcp`), { requestInit: { headers } });
  await client.connect(transport);
  return { client, transport };
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function attempt(tool, args) {
  connected ??= await connect();
  if (doomed) {
    // At a moment that differs from step to step.
    const { pid } = connected.transport;
    doomed = false;
    setTimeout(() => kill(pid), (step * 29) % 80);
  }
  const answer = await connected.client.callTool({ name: tool, arguments: args }, undefined, { timeout: 20_000 });
  const { error } = answer.structuredContent ?? {};
  if (answer.isError && !RETRIED.includes(error?.code)) throw new Refused(`${tool}: ${JSON.stringify(answer)}`);
  if (answer.isError) throw new Error(error.code);
  return answer.structuredContent;
}

async function ask(tool, args = {}) {
  for (const deadline = Date.now() + PATIENCE; ; ) {
    try {
      return await attempt(tool, args);
    } catch (error) {
      if (error instanceof Refused || Date.now() > deadline) throw error;
      await connected?.client.close().catch(() => {});
      connected = undefined;
      await pause(100);
    }
  }
}

function begin(name) {
  step += 1;
  doomed = way === 'stdio';
  console.log(`step ${step} ${name}`);
}

async function commit(tool, args) {
  begin(`preview ${tool}`);
  const preview = await ask(tool, args);
  if (preview.dry_run !== true || !preview.digest) throw new Refused(`${tool} did not preview: ${JSON.stringify(preview)}`);
  begin(`commit ${tool}`);
  const done = await ask(tool, { ...args, dry_run: false, plan_digest: preview.digest, idempotency_key: `seller-${step}` });
  if (done.dry_run !== false) throw new Refused(`${tool} did not commit: ${JSON.stringify(done)}`);
  return [preview, done];
}

begin('whoami');
const me = await ask('whoami');
begin('discover');
const query = 'software companies in Berlin hiring sales';
const found = await ask('discover', { query, people_per_company: 10, idempotency_key: 'seller-discover' });
const people = found.companies.flatMap((company) => company.people);
const contact_ids = people.map((person) => person.contact_id).sort();
const [, enriched] = await commit('enrich', { contact_ids, find_email: true });
begin('list');
const [sequence] = (await ask('list_sequences')).sequences;
const [workflow] = (await ask('list_workflows')).workflows;
const [adding, added] = await commit('add_contacts', { id: sequence.id, contact_ids });
const [starting, started] = await commit('start_workflow', { id: workflow.id, contact_ids });
begin('poll');
let execution;
for (const deadline = Date.now() + PATIENCE; ; await pause(300)) {
  execution = await ask('get_execution', { id: started.execution_id });
  if (execution.finished) break;
  if (Date.now() > deadline) throw new Refused(`it does not end: ${JSON.stringify(execution)}`);
}
begin('contacts');
const { contacts, total } = await ask('list_contacts', { limit: 100 });
const outcome = {
  email: me.user.email,
  companies: found.companies.map((company) => company.name),
  charged: found.credits.charged,
  enriched: enriched.found.map((each) => `${each.value} ${each.credits}`).sort(),
  previewed: [adding.added_count, starting.started_count],
  done: [added.added_count, started.started_count],
  contacts: contacts.map((contact) => contact.email).sort(),
  total,
  status: execution.status,
  steps: execution.contacts.map((contact) => contact.steps.map((each) => `${each.step} ${each.status}`).join(', ')).sort(),
};
console.log(`outcome ${JSON.stringify(outcome)}`);
process.exit(0);
