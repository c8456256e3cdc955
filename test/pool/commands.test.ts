import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { printJsonSchema } from '../../pool/json-schema.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runCommand } from '../harness/run-command.ts';
import { runProcess } from '../harness/run-process.ts';
import { changed, sample } from './sample.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-commands-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** As a person does: a process of its own. */
function musterProcess(...parameters: string[]) {
  const command = [`${projectRoot}/cli/bin.mjs`, ...parameters];
  return runProcess(process.execPath, command, { directory, limitSeconds: 30 });
}

const muster = (...parameters: string[]) => runCommand(parameters, { directory });

describe('muster validate', () => {
  it('says in one line what it found', async () => {
    writeFileSync(join(directory, 'muster.yaml'), sample);
    expect(await musterProcess('validate')).toMatchObject({
      exitCode: 0,
      stdout:
        './muster.yaml: fleet ci, 2 regions (eu-west-1, us-east-1), 1 pool (linux), ' +
        '2 instance types (c6i.xlarge, c7g.xlarge)\n',
      stderr: '',
    });
  });

  it('shows all problems without a stack and exits 2', async () => {
    writeFileSync(join(directory, 'bad.yaml'), changed('90s', '90x').replace('min: 1', 'min: 9'));
    expect(await muster('validate', 'bad.yaml')).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr:
        'bad.yaml:9:22: pools.linux.capacity.min: got 9, above max 8; ' +
        'allowed: 0 to 8, or a higher max\n' +
        'bad.yaml:10:11: pools.linux.wait: got "90x": unknown unit "x"; ' +
        'allowed: d, h, m, s, such as 90s\n',
    });
  });
});

describe('muster schema', () => {
  it('prints the JSON Schema, or writes it to a file', async () => {
    expect(await musterProcess('schema')).toMatchObject({ exitCode: 0, stdout: printJsonSchema() });
    expect(await muster('schema', '--out', 'out.json')).toMatchObject({ exitCode: 0, stdout: '' });
    expect(readFileSync(join(directory, 'out.json'), 'utf8')).toBe(printJsonSchema());
  });
});
