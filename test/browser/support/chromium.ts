import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
];

/** Nothing of the browser's own may be on the network: the tests count every request. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: FLAGS });
}

function findChromium(): string {
  const named = process.env['CHROMIUM'];
  const found = (named === undefined ? PLACES : [named]).find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new Error(
    `No Chromium at ${named ?? PLACES.join(', ')}. Install it (apt-get install --no-install-recommends chromium), or name it in CHROMIUM.`,
  );
}
