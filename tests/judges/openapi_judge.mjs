// Lints OpenAPI documents with Spectral's and Redocly's own rules: node openapi_judge.mjs FILE…
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const documents = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'openapi-judge-'));
let good = true;

function lint(name, program, argumentsOf) {
  const settings = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const ended = spawnSync(process.execPath, [join(here, 'node_modules', program), ...argumentsOf], {
    cwd: folder,
    env: settings,
    encoding: 'utf8',
  });
  const passed = ended.status === 0;
  good &&= passed;
  console.log(`${passed ? 'ok  ' : 'not '} ${name}`);
  if (!passed) console.log(ended.stdout, ended.stderr, ended.error ?? '');
}

try {
  writeFileSync(join(folder, 'spectral.json'), JSON.stringify({ extends: ['spectral:oas'] }));
  // What a server on loopback can't have, and where there is nothing to look at: a server's own address, and unknown fields.
  // Pathbound's own paths are ambiguous as they are documented: /agents/{id}/runs and /agents/runs/{runId}.
  const rules = { 'no-ambiguous-paths': 'off', 'no-server-example.com': 'off', 'operation-4xx-response': 'error' };
  writeFileSync(join(folder, 'redocly.yaml'), JSON.stringify({ extends: ['recommended-strict'], rules }));
  lint('spectral', '@stoplight/spectral-cli/dist/index.js', [
    'lint', '--fail-severity', 'warn', '--ruleset', join(folder, 'spectral.json'), ...documents,
  ]);
  lint('redocly', '@redocly/cli/bin/cli.js', ['lint', '--config', join(folder, 'redocly.yaml'), ...documents]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = good ? 0 : 1;
