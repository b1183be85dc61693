// The queue of approvals: read by headings, approved and rejected by keyboard alone, changed before approving, several at once.

/** given: email, password. Five mails wait, numbered from 0 by their subjects; the newest stands first. */
export default async function play({ page, base, given, look, step, check, manner }) {
  const button = (text) => page.getByRole('button', { name: text });
  const status = async (text) => page.getByRole('status').getByText(text).waitFor();
  const mine = manner === 'with axe';

  await step('sign in leads back to the queue', async () => {
    await page.goto(`${base}/approvals`);
    await page.getByLabel('Email', { exact: true }).fill(given.email);
    await page.getByLabel('Password', { exact: true }).fill(given.password);
    await button('Sign in').click();
    await page.waitForURL(`${base}/approvals`);
    await look('approvals');
  });
  await step('every action has a heading and its own buttons', async () => {
    const waiting = await page.getByRole('article').count();
    check(waiting >= 5, `${waiting} actions`);
    check((await page.getByRole('heading', { level: 2, name: /^Mail to Jo/ }).count()) === waiting, 'headings');
    for (const name of await page.getByRole('article').locator('h2').allTextContents()) {
      check((await button(`Approve: ${name}`).count()) === 1, `no button to approve ${name}`);
      check((await button(`Reject: ${name}`).count()) === 1, `no button to reject ${name}`);
    }
  });
  await step('one is approved by keyboard alone', async () => {
    await page.goto(`${base}/approvals`);
    const first = page.getByRole('article').first();
    const name = await first.locator('h2').textContent();
    let found = false;
    for (let press = 0; press < 60 && !found; press += 1) {
      await page.keyboard.press('Tab');
      found = await button(`Approve: ${name}`).evaluate((own) => own === own.ownerDocument.activeElement);
    }
    check(found, 'the button is not reached by Tab');
    await page.keyboard.press('Enter');
    await status('Approved.');
    check((await button(`Approve: ${name}`).count()) === 0, 'it still waits');
    if (mine) await look('approved');
  });
  await step('what is emptied is refused with the reason, and nothing typed is lost', async () => {
    const first = page.getByRole('article').first();
    await first.getByLabel('Subject').fill('Hello {{ nobody }}');
    await first.getByLabel('Reason, when you reject').fill('kept');
    await first.getByRole('button', { name: /^Approve/ }).click();
    await page.getByRole('alert').waitFor();
    check((await page.title()).startsWith('Error: '), await page.title());
    check((await first.getByLabel('Subject').inputValue()) === 'Hello {{ nobody }}', 'the subject is lost');
    check((await first.getByLabel('Reason, when you reject').inputValue()) === 'kept', 'the reason is lost');
    await look('approval refused');
  });
  await step('a changed text is approved', async () => {
    const first = page.getByRole('article').first();
    await first.getByLabel('Subject').fill('Hello from a person');
    await first.getByLabel('Text').fill('Shorter.');
    await first.getByRole('button', { name: /^Approve/ }).click();
    await status('Changed and approved.');
  });
  await step('one is rejected with a reason', async () => {
    const first = page.getByRole('article').first();
    await first.getByLabel('Reason, when you reject').fill('not this one');
    await first.getByRole('button', { name: /^Reject/ }).click();
    await status('Rejected.');
  });
  await step('several are decided together', async () => {
    await button('Approve the chosen').click();
    check(await page.getByRole('alert').isVisible(), 'no alert when nothing is chosen');
    await look('nothing chosen');
    await page.getByRole('checkbox').first().check();
    await page.getByRole('checkbox').nth(1).check();
    await button('Approve the chosen').click();
    await status('2 approved.');
    await look('two approved');
  });
}
