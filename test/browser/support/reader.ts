import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

/** A page as somebody reads it, and everything about it that must never happen. */
export interface ReaderPage {
  readonly page: Page;
  /** Opens a path of the explorer and waits until it shows something. */
  readonly open: (path: string) => Promise<void>;
  /** Fails if there was an error, a violation of the content security policy, a dialog, or a request to anywhere else. */
  readonly expectClean: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface ReaderOptions extends BrowserContextOptions {
  /** Errors that the test provokes, such as answers of a store that is down. */
  readonly expected?: RegExp;
}

/** @param entry The link that the command prints, with its token. */
export async function openReader(
  browser: Browser,
  entry: string,
  { expected, ...options }: ReaderOptions = {},
): Promise<ReaderPage> {
  const { origin, searchParams } = new URL(entry);
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    timezoneId: 'UTC',
    ...options,
  });
  const page = await context.newPage();
  const troubles: string[] = [];
  const note = (trouble: string): void => {
    if (expected?.test(trouble) !== true) troubles.push(trouble);
  };
  page.on('console', (message) => message.type() === 'error' && note(`console: ${message.text()}`));
  page.on('pageerror', (error) => note(`error: ${error.stack ?? error.message}`));
  page.on('dialog', (dialog) => (note(`dialog: ${dialog.message()}`), void dialog.dismiss()));
  page.on('response', (response) => {
    if (response.status() < 500) return;
    void response.text().then(
      (text) => note(`answer ${response.status()} to ${response.url()}: ${text}`),
      () => {},
    );
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith(`blob:${origin}`)) note(`request: ${url}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return {
    page,
    open: async (path) => {
      const address = new URL(path, origin);
      const token = searchParams.get('token');
      if (token !== null) address.searchParams.set('token', token);
      await page.goto(address.href);
      await page.locator('main').waitFor();
    },
    expectClean: async () => {
      // A violation is told in a task of its own.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(undefined))));
      expect(troubles).toEqual([]);
    },
    close: () => context.close(),
  };
}
