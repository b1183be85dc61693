// Owns asking mcp-remote, by which clients that speak over standard streams alone reach a server, to sign in and to carry a call.
//
//     node mcp_remote.mjs URL TOOL ARGUMENTS
//
// COOKIE is a session that agrees by itself: mcp-remote names the address a person should open, and this script opens it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [url, tool, given] = process.argv.slice(2);
const remembered = mkdtempSync(join(tmpdir(), 'mcp-remote-'));
const program = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/mcp-remote/dist/proxy.js');
const transport = new StdioClientTransport({
  command: process.execPath,
  args: [program, url, '--transport', 'http-only', '--host', '127.0.0.1'],
  // No browser of this machine is opened.
  env: { ...process.env, MCP_REMOTE_CONFIG_DIR: remembered, HOME: remembered, BROWSER: 'true', PATH: '/nowhere' },
  stderr: 'pipe',
});
let heard = '';
let opened;
transport.stderr.on('data', (part) => {
  heard += part;
  const address = /https?:\/\/\S+\/oauth\/authorize\?\S+/.exec(heard)?.[0];
  if (address && !opened) opened = open(address);
});

async function open(address) {
  const answer = await fetch(address, { redirect: 'manual', headers: { cookie: process.env.COOKIE } });
  const location = answer.headers.get('location');
  if (!location) throw new Error(`${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  await fetch(location);
}

const client = new Client({ name: 'judge', version: '1' });
let status = 1;
try {
  await client.connect(transport, { timeout: 40_000 });
  await opened;
  const { tools } = await client.listTools();
  const answer = await client.callTool({ name: tool, arguments: JSON.parse(given) });
  if (answer.isError) throw new Error(JSON.stringify(answer));
  if (!opened) throw new Error('nobody had to sign in');
  console.log(`ok   mcp-remote: ${tools.length} tools`);
  status = 0;
} catch (error) {
  console.log('FAIL', error, heard);
} finally {
  await client.close();
  rmSync(remembered, { recursive: true, force: true });
}
process.exit(status);
