import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { debianTool } from './tools/debian-tool.ts';
import { toolPart } from './tools/tool.ts';

const startLimitSeconds = 60;

/** As Debian, Ubuntu, Fedora and Google name it. */
const browserNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export const browserTool = debianTool({
  name: 'chromium',
  packages: ['chromium', 'fonts-dejavu-core'],
  present: () => findBrowser() !== null,
});

export const browserPart = toolPart(browserTool);

/**
 * Starts Chromium without a window, with a new empty profile, and quiet: it asks nobody for updates.
 * The caller closes it.
 */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error(`chromium is missing: ${browserTool.byHand}`);
  return chromium.launch({
    executablePath,
    timeout: startLimitSeconds * 1000,
    args: [
      '--headless',
      '--no-sandbox', // It cannot set one up as root; it opens files of ours only.
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Its path; null: there is none on the PATH. */
function findBrowser(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = browserNames.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
