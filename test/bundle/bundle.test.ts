/** The program as one file, run where nothing of the project is near. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../cli/bundle.mjs';
import { sendCall } from '../cloud/send-call.ts';
import { missingParts } from '../harness/missing-part.ts';
import { motoPart, startMoto } from '../harness/moto.ts';
import { runProcess } from '../harness/run-process.ts';
import { makeTable } from '../scaler/store/store-world.ts';
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

  it('says what the embedded store needs', async () => {
    const { exitCode, stderr } = await run(['run', '--once', '--config', declaration]);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/needs the package libsql.*--store dynamodb:TABLE/s),
    });
  });

  it('says that Terraform is written elsewhere', async () => {
    const { exitCode, stderr } = await run(['synth', '--config', declaration, '--out', folder]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Terraform is written by a clone');
  });
});

describe('the local AWS in the bundle', () => {
  it('serves every protocol, and certificates', { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, [file, 'cloud', '--port', '0', '--stepped'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: folder,
    });
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const [endpoint = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(line.toString()) ?? [];
      for (const [service, operation, parameters] of [
        ['ec2', 'DescribeInstances', {}],
        ['autoscaling', 'DescribeAutoScalingGroups', {}],
        ['pricing', 'GetProducts', { ServiceCode: 'AmazonEC2' }],
        ['servicequotas', 'ListServiceQuotas', { ServiceCode: 'ec2' }],
      ] as const) {
        const answer = await sendCall(endpoint, service, operation, parameters);
        expect(answer, answer.body).toMatchObject({ status: 200, code: null });
      }
      const certificate = await fetch(`${endpoint}/_muster/certificates/eu-west-1/rsa`);
      expect(await certificate.text()).toContain('BEGIN CERTIFICATE');
    } finally {
      child.kill();
    }
  });
});

describe.skipIf(await missingParts([motoPart]))('the bundle on moto', () => {
  it('runs an iteration, with every adapter in it', { timeout: 90_000 }, async () => {
    const moto = await startMoto();
    try {
      const client = new DynamoDBClient({ endpoint: moto.endpoint, region: 'eu-west-1' });
      await makeTable(client, 'ci_state');
      const once = ['run', '--once', '--config', declaration, '--store', 'dynamodb:ci_state'];
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
      const { Count: kept } = await client.send(new ScanCommand({ TableName: 'ci_state' }));
      expect(kept).toBeGreaterThan(0);
      client.destroy();
    } finally {
      await moto.stop();
    }
  });
});
