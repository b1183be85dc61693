// A real browser on the pages: plays a scenario twice, once without JavaScript and under the pages' own content policy, once with axe
// looking at each page it stops at, in the light, and in the dark on a narrow screen.
//
//   node browser.mjs SCENARIO BASE_URL [JSON]
//
// SCENARIO is a file of ./browser; it exports an async function that gets { page, base, given, look, step, check } and calls
// look(name) wherever a person would stop to read. BASE_URL is the server, JSON what the scenario wants to know. CHROMIUM names
// the browser's program, SHOTS a folder for screenshots. Prints a line for each step and exits with 1 when one failed.
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';

const [scenario, base, json] = process.argv.slice(2);
const given = JSON.parse(json ?? '{}');
const play = (await import(`./browser/${scenario}.mjs`)).default;
/** The rules of WCAG 2.2 AA and below. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const PATIENCE = 15_000;
let failed = false;

function say(ok, name, more = '') {
  if (!ok) failed = true;
  console.log(ok ? 'ok  ' : 'FAIL', name, more);
}

function check(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

/** What axe finds wrong with the page as it stands. */
async function audit(page, name) {
  for (const [scheme, width] of [['light', 1280], ['dark', 320]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    const found = await new AxeBuilder({ page }).withTags(RULES).analyze();
    const told = found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html).join(' | ').slice(0, 400)}`);
    say(told.length === 0, `axe ${name}, ${scheme}, ${width}`, told.join('\n     '));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    say(wide <= 0, `no sideways scrolling ${name}, ${width}`, wide > 0 ? `${wide} pixels` : '');
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name.replaceAll(' ', '-')}-${scheme}-${width}.png`, fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 900 });
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});
for (const [manner, options, audits] of [
  ['without JavaScript', { javaScriptEnabled: false }, false],
  // axe comes as a script of its own, which the pages' policy would rightly refuse.
  ['with axe', { bypassCSP: true }, true],
]) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const strangers = [];
  page.on('request', (request) => {
    if (![new URL(base).origin, ...(given.allowed ?? [])].includes(new URL(request.url()).origin)) strangers.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy/.test(message.text())) say(false, `${manner}: policy`, message.text());
  });
  const look = async (name) => {
    check((await page.locator('h1').count()) === 1, `${name} has no single heading`);
    if (audits) await audit(page, name);
  };
  const step = async (name, run) => {
    try {
      const value = await run();
      say(true, `${manner}: ${name}`);
      return value;
    } catch (error) {
      say(false, `${manner}: ${name}`, `${error.message.slice(0, 600)} at ${page.url()}`);
      throw error;
    }
  };
  try {
    await play({ page, base, given, look, step, check, manner });
  } catch {
    // Told already; what follows in the scenario builds on it.
  }
  say(strangers.length === 0, `${manner}: nothing is loaded from elsewhere`, strangers.join(' '));
  await context.close();
}
await browser.close();
process.exit(failed ? 1 : 0);
