import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { awsCalls } from '../../pool/aws-calls.ts';
import { instanceStatements } from '../../stacks/scaler-role.ts';
import { scalerUserData } from '../../stacks/scaler-user-data.ts';
import { writeStacks } from '../../stacks/write-stacks.ts';
import { missingParts, type Part } from '../harness/missing-part.ts';
import { production, productionFleet } from './production.ts';
import { type Block, blocksOf, reference, type Stack } from './synthesise.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-scaler-stack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const artifacts = {
  bundleFile: join(folder, 'muster.mjs'),
  declarationFile: join(folder, 'muster.yaml'),
};
writeFileSync(artifacts.bundleFile, 'console.log(1)');
writeFileSync(artifacts.declarationFile, production);

const withHeartbeat = (text: string) =>
  `heartbeat: { url: "http://scaler.example.com:3001", tokenParameter: /muster/render/token }\n${text}`;

function synthesised(fleet = productionFleet(withHeartbeat)): Readonly<Record<string, Stack>> {
  const out = mkdtempSync(join(folder, 'out-'));
  const written = writeStacks(fleet, join(out, 'stacks-of-it'), artifacts);
  return Object.fromEntries(
    written.map(({ name, file }) => [name, JSON.parse(readFileSync(file, 'utf8'))]),
  );
}

const stacks = synthesised();
const stack = stacks['render-scaler'];
const only = (type: string): Block => {
  const [block, ...others] = blocksOf(stack, type);
  expect(others).toEqual([]);
  return block ?? {};
};

const script = scalerUserData(productionFleet(withHeartbeat), 'eu-west-1', 'bucket');
const inline = (name: string) =>
  new RegExp(`^cat > \\S*/${name.replace('.', '\\.')} <<'(\\w+)'\\n([\\s\\S]*?)\\n\\1$`, 'm').exec(
    script,
  )?.[2] ?? '';

describe("the scaler's own stack", () => {
  it('runs two small Arm instances, replaced when they are gone, with the table between them', () => {
    expect(only('aws_autoscaling_group')).toMatchObject({ min_size: 2, max_size: 2 });
    expect(inline('run.sh')).toContain('--store "dynamodb:$MUSTER_TABLE"');
    expect(inline('scaler.env')).toContain('MUSTER_TABLE="render_state"');
    expect(only('aws_dynamodb_table').name).toBe('render_state');
    expect(only('aws_launch_template')).toMatchObject({
      instance_type: 't4g.medium',
      image_id: expect.stringMatching(/-arm64$/),
      metadata_options: { http_tokens: 'required', http_put_response_hop_limit: 1 },
      block_device_mappings: [{ ebs: { encrypted: 'true' } }],
    });
  });

  it('takes copies of program and declaration, and no path of the machine', () => {
    for (const object of blocksOf(stack, 'aws_s3_object')) {
      expect(object.source).toMatch(/^assets\//);
      expect(object.source_hash).toMatch(/^[0-9A-F]{32}$/i);
    }
    expect(
      blocksOf(stack, 'aws_s3_object')
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['muster.mjs', 'muster.yaml']);
    expect(JSON.stringify(stack)).not.toContain(folder);
  });

  it('writes copies anew when they change, over those of an earlier output', () => {
    const out = join(folder, 'again');
    writeStacks(productionFleet(), out, artifacts);
    const assets = join(out, 'stacks', 'render-scaler', 'assets');
    const bundle = join(folder, 'other.mjs');
    writeFileSync(bundle, 'console.log(2)');
    writeStacks(productionFleet(), out, { ...artifacts, bundleFile: bundle });
    const texts = readdirSync(assets, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.mjs'))
      .map((name) => readFileSync(join(assets, name), 'utf8'));
    expect(texts).toEqual(['console.log(2)']);
  });

  it('keeps files private, encrypted and in versions', () => {
    expect(only('aws_s3_bucket_public_access_block')).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(only('aws_s3_bucket_versioning').versioning_configuration.status).toBe('Enabled');
    const [rule] = only('aws_s3_bucket_server_side_encryption_configuration').rule;
    expect(rule.apply_server_side_encryption_by_default).toEqual({
      kms_master_key_id: reference('aws_kms_key.key.arn'),
      sse_algorithm: 'aws:kms',
    });
    expect(JSON.parse(only('aws_s3_bucket_policy').policy).Statement[0]).toMatchObject({
      Effect: 'Deny',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
  });

  it('has a table that can be brought back and forgets what has expired', () => {
    expect(only('aws_dynamodb_table')).toMatchObject({
      name: 'render_state',
      billing_mode: 'PAY_PER_REQUEST',
      point_in_time_recovery: { enabled: true },
      ttl: { attribute_name: 'expiresAt', enabled: true },
      server_side_encryption: { enabled: true, kms_key_arn: reference('aws_kms_key.key.arn') },
    });
    expect(only('aws_kms_key').enable_key_rotation).toBe(true);
    expect(only('aws_cloudwatch_log_group')).toMatchObject({
      retention_in_days: 90,
      kms_key_id: reference('aws_kms_key.key.arn'),
    });
  });

  it('uses a given key and makes none', () => {
    const key = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd';
    const given = synthesised(
      productionFleet((text) => text.replace('run: aws,', `run: aws, kmsKey: "${key}",`)),
    )['render-scaler'];
    expect(given?.resource).not.toHaveProperty('aws_kms_key');
    expect(blocksOf(given, 'aws_dynamodb_table')[0]?.server_side_encryption.kms_key_arn).toBe(key);
  });

  it('is reached by its VPC and the declared ranges, on the port of its API alone', () => {
    const { ingress, egress } = only('aws_security_group');
    expect(
      ingress.map(({ from_port, to_port, cidr_blocks }: Block) => [
        from_port,
        to_port,
        cidr_blocks,
      ]),
    ).toEqual([
      [3001, 3001, [reference('data.aws_vpc.vpc.cidr_block')]],
      [3001, 3001, ['10.8.0.0/16']],
    ]);
    expect(egress.map(({ from_port }: Block) => from_port)).toEqual([443]);
    const deaf = synthesised(productionFleet())['render-scaler'];
    expect(blocksOf(deaf, 'aws_security_group')[0]?.ingress).toEqual([]);
  });

  it('is the last of the region to be applied', () => {
    expect(Object.keys(stacks).indexOf('render-scaler')).toBeGreaterThan(
      Object.keys(stacks).indexOf('render-eu-west-1'),
    );
  });

  it('needs the bundle, and says how to make it', () => {
    const missing = { ...artifacts, bundleFile: join(folder, 'none.mjs') };
    expect(() => writeStacks(productionFleet(), join(folder, 'n'), missing)).toThrow(
      /npm run build/,
    );
    expect(() => writeStacks(productionFleet(), join(folder, 'n'))).toThrow(/which bundle/);
  });
});

describe("the role of the scaler's instance", () => {
  it('has the policies of the shared stack, all of them', () => {
    const policies = blocksOf(stacks['render-shared'], 'aws_iam_policy').map(({ name }) => name);
    const attached = blocksOf(stack, 'aws_iam_role_policy_attachment').map(
      ({ policy_arn }) => policy_arn.split(':policy/')[1],
    );
    expect(policies.length).toBeGreaterThan(0);
    expect(attached.sort()).toEqual(policies.sort());
  });

  it('has what its own start takes beside, named one by one', () => {
    const needs = {
      region: 'eu-west-1',
      bucketArn: 'arn:aws:s3:::b',
    };
    const statements = instanceStatements(productionFleet(withHeartbeat), needs);
    expect(statements.flatMap(({ Action }) => Action)).toEqual([
      's3:GetObject',
      'logs:CreateLogStream',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      'ssm:GetParameter',
    ]);
    for (const { Resource } of statements) expect(Resource).not.toContain('*');
    const calls = new Set<string>(awsCalls.map(({ action }) => action));
    expect(
      statements.flatMap(({ Action }) => Action).filter((action) => calls.has(action)),
    ).toEqual([]);
  });
});

const systemdPart: Part = {
  name: 'systemd-analyze',
  install: 'install systemd, whose tool checks units',
  present: () => spawnSync('systemd-analyze', ['--version']).status === 0,
};
const missing = await missingParts([systemdPart]);

describe('the first boot of the instance', () => {
  it('is shell without faults, within what EC2 takes', () => {
    expect(Buffer.byteLength(script)).toBeLessThan(16_384);
    for (const name of ['update.sh', 'run.sh', 'address.sh']) expect(inline(name)).not.toBe('');
    const scripts = ['update.sh', 'run.sh', 'address.sh'].map(inline);
    for (const text of [script, ...scripts]) {
      expect(text.startsWith('#!/bin/bash')).toBe(true);
      expect(spawnSync('bash', ['-n'], { input: text }).stderr.toString()).toBe('');
    }
    expect(script).not.toMatch(/@[A-Z_]+@/);
  });

  it('asks for a token wherever the API is open, and opens it for heartbeats only', () => {
    expect(inline('scaler.env')).toContain('MUSTER_LISTEN="0.0.0.0:3001"');
    expect(inline('scaler.env')).toContain(
      'MUSTER_HEARTBEAT_TOKEN_PARAMETER="/muster/render/token"',
    );
    expect(scalerUserData(productionFleet(), 'eu-west-1', 'b')).toContain('"127.0.0.1:3001"');
  });
});

describe.skipIf(missing)('the units of the instance', () => {
  it('installs units that systemd takes', () => {
    const units = join(folder, 'units');
    mkdirSync(units);
    const names = ['scaler.service', 'update.service', 'update.timer', 'address.service']
      .concat('address.timer')
      .map((name) => `muster-${name}`);
    for (const name of names) {
      // The programs stand on the instance alone.
      const text = inline(name).replace(/^ExecStart=.*/m, 'ExecStart=/bin/true');
      writeFileSync(join(units, name), text);
    }
    const { stdout, stderr, status } = spawnSync('systemd-analyze', [
      'verify',
      ...names.map((name) => join(units, name)),
    ]);
    expect([status, stdout.toString(), stderr.toString()]).toEqual([0, '', '']);
    expect(inline('muster-scaler.service')).toMatch(/^NoNewPrivileges=yes$/m);
    expect(inline('muster-scaler.service')).toMatch(/^ProtectSystem=strict$/m);
  });
});
