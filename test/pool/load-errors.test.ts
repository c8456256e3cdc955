import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DeclarationError } from '../../pool/declaration-error.ts';
import { loadFleet, parseFleet } from '../../pool/load.ts';
import { keyFaults } from './faults-between-keys.ts';
import { infrastructureFaults } from './faults-of-infrastructure.ts';
import { limitFaults } from './faults-of-limits.ts';
import { marketAndImageFaults } from './faults-of-market-and-image.ts';
import { scalingFaults } from './faults-of-scaling.ts';
import { spotAndInstanceFaults } from './faults-of-spot-and-instances.ts';
import { valueFaults } from './faults-of-values.ts';
import { workerFaults } from './faults-of-workers.ts';
import { yamlFaults } from './faults-of-yaml.ts';
import { changed, sample } from './sample.ts';

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof DeclarationError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a fault in a declaration', () => {
  it.each([
    ...valueFaults,
    ...keyFaults,
    ...infrastructureFaults,
    ...marketAndImageFaults,
    ...spotAndInstanceFaults,
    ...scalingFaults,
    ...limitFaults,
    ...workerFaults,
    ...yamlFaults,
  ])('%s', (_, from, to, problems) => {
    expect(problemsOf(() => parseFleet(changed(from, to), 'muster.yaml'))).toEqual(
      problems.map((problem) => `muster.yaml:${problem}`),
    );
  });

  it('is the only reason to refuse the sample', () => {
    expect(problemsOf(() => parseFleet(sample, 'muster.yaml'))).toEqual([]);
  });

  it('does not hide another one: all come at once, in the order of the text', () => {
    const text = [
      ['fleet: ci', 'fleet: CI'],
      ['vpc-2', 'vpc-1'],
      ['min: 1', 'min: 9, mim: 1'],
      ['wait: 90s', 'wait: 90'],
      ['c7g.xlarge', 'c6i.xlarge'],
      ['utility: 1.5', 'utility: 0'],
      ['20GiB', '20GB'],
    ].reduce((all, [from = '', to = '']) => all.replace(from, to), sample);
    const places = problemsOf(() => parseFleet(text, 'f')).map((line) => line.split(': ', 2));
    expect(places).toEqual([
      ['f:1:8', 'fleet'],
      ['f:4:21', 'regions.us-east-1.vpc'],
      ['f:9:22', 'pools.linux.capacity.min'],
      ['f:9:25', 'pools.linux.capacity.mim'],
      ['f:10:11', 'pools.linux.wait'],
      ['f:12:51', 'pools.linux.instances[0].utility'],
      ['f:13:17', 'pools.linux.instances[1].type'],
      ['f:16:19', 'pools.linux.disk.root'],
    ]);
  });

  it('is never shown with the name and password of a URL', () => {
    const text = changed('https://sqs', 'https://user:secret@sqs');
    const [problem = ''] = problemsOf(() => parseFleet(text, 'f'));
    expect(problem).toContain('carries credentials');
    expect(problem).not.toContain('secret');
    const webhook = 'notifyOnMissing: ["http://me:secret@hooks.example.com/secret"]';
    const [other = ''] = problemsOf(() => parseFleet(changed('wait: 90s', webhook), 'f'));
    expect(other).toContain('"http://hooks.example.com/..."');
    expect(other).not.toContain('secret');
  });
});

describe('a text that is no declaration', () => {
  it.each([
    ['nothing', '', 'f: empty; allowed: a declaration of a fleet'],
    ['a comment alone', '# fleet\n', 'f: empty; allowed: a declaration of a fleet'],
    ['a list', '- a', 'f:1:1: got a list of 1; allowed: a mapping with the keys fleet, interval'],
    ['a word', 'fleet', 'f:1:1: got "fleet"; allowed: a mapping with the keys fleet, interval'],
    ['two documents', 'a: 1\n---\nb: 2\n', 'f:2:1: YAML: Source contains multiple documents'],
    ['too much', `# ${'x'.repeat(1024 * 1024)}`, 'f: 1048578 bytes; allowed: at most 1048576'],
    ['a well without a bottom', '['.repeat(100_000), 'f'],
  ])('%s', (_, text, start) => {
    const [problem = ''] = problemsOf(() => parseFleet(text, 'f'));
    expect(problem.slice(0, start.length)).toBe(start);
  });

  it('that repeats itself by aliases without end', () => {
    const levels = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 12; level++) {
      levels.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    }
    expect(problemsOf(() => parseFleet(levels.join('\n'), 'f'))).toEqual([
      'f: aliases repeat too much; allowed: at most 100 repeated nodes',
    ]);
  });
});

describe('a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-load-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is read', () => {
    const file = join(directory, 'muster.yaml');
    writeFileSync(file, sample);
    expect(loadFleet(file)).toEqual(parseFleet(sample, 'another name'));
  });

  it('that is not there, a directory or not text is refused by name', () => {
    const absent = join(directory, 'absent.yaml');
    const binary = join(directory, 'binary.yaml');
    writeFileSync(binary, Buffer.from([0x66, 0xff, 0xfe]));
    const large = join(directory, 'large.yaml');
    writeFileSync(large, Buffer.alloc(1024 * 1024 + 1));
    expect(problemsOf(() => loadFleet(absent))).toEqual([
      `${absent}: no such file; allowed: the path of a declaration`,
    ]);
    expect(problemsOf(() => loadFleet(directory))).toEqual([
      `${directory}: a directory; allowed: the path of a declaration`,
    ]);
    expect(problemsOf(() => loadFleet(binary))).toEqual([
      `${binary}: not UTF-8 text; allowed: a YAML file in UTF-8`,
    ]);
    expect(problemsOf(() => loadFleet(large))).toEqual([
      `${large}: 1048577 bytes; allowed: at most 1048576`,
    ]);
  });
});
