// Signing in by keyboard alone, an API key, the consent page of an application, connected apps, signing out.
import { createServer } from 'node:http';

/**
 * given: email, password, authorize (a request to the authorization endpoint whose redirect URI is `redirect`), redirect, and
 * exchange (what the application sends to the token endpoint beside the code).
 */
export default async function play({ page, base, given, look, step, check }) {
  const label = (text) => page.getByLabel(text, { exact: true });
  const button = (text) => page.getByRole('button', { name: text });

  await step('sign-in asks who it is', async () => {
    await page.goto(`${base}/keys`);
    check(page.url().includes('/sign-in?next='), page.url());
    await look('sign-in');
  });
  await step('a wrong password is told at the top, and leads to the field', async () => {
    await label('Email').fill(given.email);
    await label('Password').fill('wrong password');
    await button('Sign in').click();
    check((await page.title()).startsWith('Error: '), await page.title());
    check(await page.getByRole('alert').isVisible(), 'no alert');
    check((await label('Email').inputValue()) === given.email, 'the address is forgotten');
    await look('sign-in refused');
  });
  await step('sign-in by keyboard alone', async () => {
    await page.goto(`${base}/sign-in?next=%2Fkeys`);
    await page.keyboard.press('Tab');
    await page.keyboard.type(given.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(given.password);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${base}/keys`);
  });
  await step('the first stop of the keyboard skips the navigation', async () => {
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the content' });
    check(await skip.isVisible(), 'the link is not shown');
    await page.keyboard.press('Enter');
    check(page.url().endsWith('#main'), page.url());
    await look('keys');
  });
  await step('a key is refused with a reason', async () => {
    await label('Only these scopes:').check();
    await button('Make key').click();
    check(await page.getByRole('alert').isVisible(), 'no alert');
    await look('key refused');
  });
  await step('a key is made and shown once', async () => {
    await label('Name').fill('From the browser');
    await label('Only look').check();
    await button('Make key').click();
    check((await page.locator('#secret').textContent()).startsWith('or_live_'), 'no secret');
    await look('key made');
    await page.goto(`${base}/keys`);
    check((await page.locator('#secret').count()) === 0, 'the secret is still there');
  });
  await step('a key for other APIs makes no agents', async () => {
    await page.getByRole('checkbox', { name: /^Also make agents/ }).check();
    await label('Only look').check();
    await button('Make key').click();
    check(await page.getByRole('alert').isVisible(), 'no alert');
    await look('provisioning refused');
    await page.goto(`${base}/keys`);
  });
  await step('the key is revoked', async () => {
    await button(/^Revoke From the browser/).first().click();
    await page.getByText(/^revoked /).first().waitFor();
  });

  const redirect = new URL(given.redirect);
  let heard;
  const application = createServer((request, answer) => {
    if (request.url.startsWith(redirect.pathname)) heard = new URL(request.url, redirect);
    answer.setHeader('content-type', 'text/html').end('<!doctype html><title>Application</title><h1>Back</h1>');
  });
  await new Promise((ready) => application.listen(Number(redirect.port), redirect.hostname, ready));
  try {
    await step('consent shows what is asked, and a person allows less', async () => {
      await page.goto(given.authorize);
      await look('consent');
      await page.getByRole('checkbox', { name: /^Add and change/ }).uncheck();
      await button('Allow').first().click();
      await page.waitForURL(`${redirect.origin}/**`);
      const code = heard?.searchParams.get('code');
      check(code && heard.searchParams.get('iss') === base, `${heard}`);
      const tokens = await fetch(`${base}/oauth/token`, { method: 'POST', body: new URLSearchParams({ ...given.exchange, code }) });
      const { scope } = await tokens.json();
      check(scope === 'outrider.read outrider.send', `${tokens.status} ${scope}`);
    });
    await step('who declines is taken back without a code', async () => {
      await page.goto(given.authorize);
      await button('Decline').click();
      await page.waitForURL(`${redirect.origin}/**`);
      check(heard?.searchParams.get('error') === 'access_denied', `${heard}`);
    });
  } finally {
    application.closeAllConnections();
    application.close();
  }
  await step('connected apps', async () => {
    await page.goto(`${base}/account`);
    await look('account');
    await page.getByRole('link', { name: 'Connected apps' }).click();
    await look('apps');
    await button(/^Disconnect/).first().click();
    await page.waitForURL(`${base}/apps`);
    await look('apps after');
  });
  await step('a link that is not there', async () => {
    await page.goto(`${base}/sign-in/link/nothing`);
    await look('nothing there');
  });
  await step('sign out', async () => {
    await page.goto(`${base}/account`);
    await button('Sign out').click();
    await page.waitForURL(`${base}/sign-in`);
    await page.goto(`${base}/account`);
    check(page.url().startsWith(`${base}/sign-in`), page.url());
  });
}
