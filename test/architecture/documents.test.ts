import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { projectRoot } from '../harness/project-root.ts';
import { projectFiles } from './project-files.ts';
import { testRule } from './rule.ts';

const isDocument = (path: string) => path.endsWith('.md');

/** Outside of code, where brackets mean something else. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

const slug = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

const anchors = (text: string) =>
  [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    slug(heading ?? ''),
  );

function faultOfLink(path: string, text: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null;
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : posix.join(posix.dirname(path), file);
  if (file !== '' && !existsSync(join(projectRoot, target)))
    return `links to ${target}, which is not there`;
  if (anchor === undefined || !isDocument(target)) return null;
  const targetText = file === '' ? text : readFileSync(join(projectRoot, target), 'utf8');
  return anchors(targetText).includes(anchor)
    ? null
    : `links to ${link}, which has no such heading`;
}

testRule({
  name: 'documents link to what is there',
  reads: isDocument,
  faults: ({ path, text }) =>
    [...prose(text).matchAll(/\]\(([^)\s]+)[^)]*\)/g)]
      .map(([, link]) => faultOfLink(path, text, link ?? ''))
      .filter((fault) => fault !== null),
  bad: [
    { path: 'README.md', text: 'see [the design](docs/absent.md)' },
    { path: 'docs/a.md', text: 'see [the file](package.json)' },
    { path: 'README.md', text: '# One\n\nsee [below](#two)' },
  ],
  good: [
    { path: 'docs/a.md', text: 'see [the file](../package.json)' },
    { path: 'README.md', text: '# One, and more\n\nsee [above](#one-and-more)' },
    { path: 'README.md', text: 'see [elsewhere](https://example.com/absent.md) and `[x](y)`' },
  ],
});

const files = projectFiles();
const commands = files
  .filter(({ path }) => /^cli\/[\w-]+\.ts$/.test(path))
  .flatMap(({ text }) =>
    [...text.matchAll(/new Command\('([a-z-]+)/g)].map(([, name]) => name ?? ''),
  );
const scripts = Object.keys(
  JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')).scripts,
);

testRule({
  name: 'documents name commands that exist',
  reads: isDocument,
  faults: ({ text }) => [
    ...[...text.matchAll(/\bnpx muster ([a-z][a-z-]*)/g)]
      .filter(([, name]) => !commands.includes(name ?? ''))
      .map(([, name]) => `names the command ${name}; there are ${commands.join(', ')}`),
    ...[...text.matchAll(/\bnpm (?:run )?(start|test|bench|[\w:-]+)(?=[\s`]|$)/gm)]
      .filter(([whole, name]) => whole.startsWith('npm run') && !scripts.includes(name ?? ''))
      .map(([, name]) => `names the script ${name}; there are ${scripts.join(', ')}`),
  ],
  bad: [
    { path: 'README.md', text: 'run `npx muster levitate`' },
    { path: 'README.md', text: 'run `npm run levitate`' },
  ],
  good: [
    { path: 'README.md', text: 'run `npm run bench`, `npm test` and `npm ci`' },
    { path: 'README.md', text: 'run `npx muster validate FILE`' },
  ],
});
