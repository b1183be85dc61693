// The documentation, the table of errors, and the page of plans up to the way out to the payment provider.

/** given: email, password of an owner whose project has no plan yet. */
export default async function play({ page, base, given, look, step, check }) {
  const follow = (name) => page.getByRole('link', { name, exact: true }).first().click();

  await step('the documentation begins with what there is', async () => {
    await page.goto(`${base}/docs`);
    await look('docs');
  });
  await step('a surface lists its endpoints', async () => {
    await page.getByRole('main').getByRole('link', { name: 'Outrider', exact: true }).click();
    check((await page.getByRole('table').count()) > 10, 'there are few tables');
    await look('docs of a surface');
  });
  await step('a noun describes its operations', async () => {
    await follow('create_lead');
    check(page.url() === `${base}/docs/native/leads#create_lead`, page.url());
    check(await page.getByRole('heading', { name: 'create_lead', exact: true }).isVisible(), 'no heading');
    await look('docs of a noun');
  });
  await step('wide tables can be scrolled by keyboard', async () => {
    const region = page.getByRole('region', { name: 'What create_lead takes' });
    await region.focus();
    check(await region.evaluate((node) => node === document.activeElement), 'it takes no focus');
  });
  await step('the table of errors', async () => {
    await follow('Error codes');
    await look('errors');
  });
  await step('a page of the documentation that is not there', async () => {
    await page.goto(`${base}/docs/nothing`);
    await look('docs not there');
  });
  await step('the plans', async () => {
    await page.goto(`${base}/billing`);
    await page.getByLabel('Email', { exact: true }).fill(given.email);
    await page.getByLabel('Password', { exact: true }).fill(given.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${base}/billing`);
    await look('plans');
  });
  await step('a payment page is made', async () => {
    await page.getByRole('button', { name: 'Take Growth for 149.00 USD a month' }).click();
    const link = page.getByRole('link', { name: 'Go on to the payment page' });
    check((await link.getAttribute('href')).startsWith('https://checkout.stripe.example/c/'), 'it leads elsewhere');
    await look('way out');
  });
  for (const end of ['done', 'canceled']) {
    await step(`back from the payment page: ${end}`, async () => {
      await page.goto(`${base}/billing/${end}`);
      await look(`payment ${end}`);
    });
  }
}
