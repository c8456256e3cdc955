/** The program as one file, run where nothing of the project is near. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../cli/bundle.mjs';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart, startMoto } from '../harness/moto.ts';
import { runProcess } from '../harness/run-process.ts';
import { smallest } from '../stacks/declarations.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-bundle-'));
const file = join(folder, 'muster.mjs');
const declaration = join(folder, 'muster.yaml');

function run(parameters: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return runProcess(process.execPath, [file, ...parameters], {
    environment: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', ...environment },
    limitSeconds: 60,
  });
}

beforeAll(async () => {
  await bundle(file);
  writeFileSync(declaration, smallest);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the bundle', () => {
  it('is one file that names its commands', async () => {
    expect(readdirSync(folder).sort()).toEqual(['muster.mjs', 'muster.yaml']);
    const { exitCode, stdout } = await run(['--help']);
    expect(exitCode).toBe(0);
    for (const command of ['validate', 'run', 'explain', 'decide']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
  });

  it('has the built-in tables in it', async () => {
    const { exitCode, stdout } = await run(['validate', declaration]);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('fleet ci, 1 region (eu-west-1), 1 pool (linux)'),
    });
    writeFileSync(join(folder, 'bad.yaml'), smallest.replace('c6i.2xlarge', 'c6i.2xlrage'));
    const bad = await run(['validate', join(folder, 'bad.yaml')]);
    expect(bad.exitCode).toBe(2);
    expect(bad.stderr).toContain('did you mean "c6i.2xlarge"');
    rmSync(join(folder, 'bad.yaml'));
  });

  it('says that Terraform is written elsewhere', async () => {
    const { exitCode, stderr } = await run(['synth', '--config', declaration, '--out', folder]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Terraform is written by a clone');
  });
});

describe.skipIf(await missingParts([motoPart]))('the bundle on moto', () => {
  it('runs an iteration, with every adapter in it', { timeout: 90_000 }, async () => {
    const moto = await startMoto();
    try {
      const once = ['run', '--once', '--config', declaration, '--state', join(folder, 'state')];
      const { stdout } = await run(once, {
        AWS_ENDPOINT_URL: moto.endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_EC2_METADATA_DISABLED: 'true',
      });
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(
        lines.filter(({ pool, target }) => pool === 'linux' && target !== undefined),
      ).not.toEqual([]);
      expect(readdirSync(folder)).toContain('state');
    } finally {
      await moto.stop();
    }
  });
});
