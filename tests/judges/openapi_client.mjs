// Owns making typed clients of OpenAPI documents (openapi-typescript, openapi-fetch), compiling them under the strictest rules,
// and letting each read every list that needs no more than a key.
//
//     node openapi_client.mjs KEY FILE [KEY FILE]…
//
// The server is the first that a document names. Prints a line for each list read, after its document's file, and exits with 1 when
// something failed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import openapiTypescript, { astToString } from 'openapi-typescript';

const given = process.argv.slice(2);
const packages = join(dirname(fileURLToPath(import.meta.url)), 'node_modules');
const folder = mkdtempSync(join(tmpdir(), 'openapi-client-'));
const fail = (what) => {
  console.log(what);
  process.exitCode = 1;
};

// Writes the client of one document as NAME.ts, and gives how to run it.
async function write(key, file, name) {
  const document = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(join(folder, `${name}-schema.d.ts`), astToString(await openapiTypescript(pathToFileURL(file))));
  const lists = Object.entries(document.paths).filter(([path, { get }]) => {
    const answer = get?.responses?.['200']?.content?.['application/json'];
    const needs = (get?.parameters ?? []).some((parameter) => parameter.required);
    return answer && !needs && !path.includes('{') && !get.security?.some((way) => 'session' in way);
  });
  const calls = lists.map(([path]) => `  say(${JSON.stringify(path)}, await client.GET(${JSON.stringify(path)}, {}));`);
  const program = `import createClient from 'openapi-fetch';
import type { paths } from './${name}-schema.js';

const key = (globalThis as unknown as { process: { argv: string[] } }).process.argv[2];

const client = createClient<paths>({ baseUrl: ${JSON.stringify(document.servers[0].url)}, headers: { Authorization: 'Bearer ' + key } });
function say(path: string, answer: { data?: unknown; error?: unknown; response: Response }): void {
  if (answer.data === undefined) throw new Error(path + ': ' + answer.response.status + ' ' + JSON.stringify(answer.error));
  console.log('ok   ' + path);
}
async function main(): Promise<void> {
${calls.join('\n')}
}
await main();
`;
  writeFileSync(join(folder, `${name}.ts`), program);
  return { key, file, name, lists: lists.length };
}

try {
  const clients = [];
  for (let at = 0; at < given.length; at += 2) clients.push(await write(given[at], given[at + 1], `client${at / 2}`));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(packages, join(folder, 'node_modules'));
  const rules = ['--strict', '--noUncheckedIndexedAccess', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2023,dom'];
  const compiler = join(packages, 'typescript/bin/tsc');
  const sources = clients.map(({ name }) => `${name}.ts`);
  // Together, so that what all of them stand on is read once.
  const compiled = spawnSync(process.execPath, [compiler, ...rules, ...sources], { cwd: folder, encoding: 'utf8' });
  if (compiled.status !== 0) fail(`not compiled: ${compiled.stdout.slice(0, 4000)}${compiled.stderr}`);
  else {
    for (const { key, file, name, lists } of clients) {
      const ran = spawnSync(process.execPath, [join(folder, `${name}.js`), key], { cwd: folder, encoding: 'utf8' });
      console.log(`${file}:\n${ran.stdout}read ${lists} lists`);
      if (ran.status !== 0) fail(ran.stderr);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
