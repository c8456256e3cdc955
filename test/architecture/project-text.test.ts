import { isRule } from './code.ts';
import { testRule } from './rule.ts';

/** What ties the text to one machine, one network or the way it came about. */
const foreign: readonly {
  readonly pattern: RegExp;
  readonly instead: string;
  /** Files that may hold it. */
  readonly except?: RegExp;
}[] = [
  {
    pattern: /(?<![\w.}/])\/(work|root|home\/\w+|Users\/\w+)\//,
    instead: 'name no path of a machine',
  },
  { pattern: /\.\.\/shared\/(?!data\b)/, instead: 'read ../shared/data and nothing beside it' },
  {
    pattern:
      /registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org\/simple|files\.pythonhosted\.org|proxy\.golang\.org|repo1?\.maven\.org|artifactory|jfrog\.io/i,
    instead: 'leave the registry to the person',
  },
  { pattern: /\b(TODO|FIXME|XXX|HACK)\b/, instead: 'do it, or say what holds' },
  {
    pattern: /\b(claude|anthropic|openai|chatgpt|copilot|language model|the brief\b|subagent)/i,
    instead: 'write about the project alone',
  },
  {
    pattern: /\bissues? (#?\d+\b|show\b|")|(?<![\w&/#])#\d+\b(?![\d;])(?=\s|$|[.,)])/i,
    instead: 'write about the project alone',
    // They name the trackers of other systems, whose users' pains they answer.
    except: /^(docs\/what-happens-when\.md|test\/decide\/pains-[\w-]+\.test\.ts)$/,
  },
  {
    pattern: /\b(blazing|world-class|revolutionary|seamless(ly)?|cutting-edge)\b/i,
    instead: 'say what it does',
  },
];

const inReadme = (text: string) => ({ path: 'README.md', text });

testRule({
  name: 'the text is about the project alone',
  reads: (path) => !isRule(path) && !['package-lock.json', 'LICENSE'].includes(path),
  faults: ({ path, text }) =>
    foreign
      .filter(({ except }) => !except?.test(path))
      .map(({ pattern, instead }) => ({ found: pattern.exec(text)?.[0], instead }))
      .filter(({ found }) => found !== undefined)
      .map(({ found, instead }) => `has "${found}"; ${instead}`),
  bad: [
    inReadme('see /work/main/pool'),
    inReadme('"/root/.aws/config"'),
    inReadme('cd /home/jo/muster'),
    inReadme('follows ../shared/design.md'),
    inReadme('https://registry.npmjs.org/zod'),
    inReadme('// TODO: later'),
    inReadme('as issue 3 asks'),
    inReadme('fixes #12.'),
    inReadme('written by Claude'),
    inReadme('a seamless experience'),
  ],
  good: [
    inReadme('reads ../shared/data/jobs when it is there'),
    inReadme('disk/root/size and examples/work/readme'),
    inReadme('colour #123456; '),
    inReadme('the issuer of a token'),
  ],
});

testRule({
  name: 'the lock file names no registry',
  reads: (path) => path === 'package-lock.json',
  faults: ({ text }) => {
    const urls = text.match(/"resolved": "[^"]*"/g) ?? [];
    return urls.length === 0 ? [] : [`has ${urls.length} "resolved" addresses, first ${urls[0]}`];
  },
  bad: [{ path: 'package-lock.json', text: '"resolved": "https://registry.example.com/a.tgz"' }],
  good: [{ path: 'package-lock.json', text: '"integrity": "sha512-abc"' }],
});
