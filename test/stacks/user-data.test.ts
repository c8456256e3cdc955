import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import type { Fleet, InstanceChoice } from '../../pool/pool.ts';
import { compactPython } from '../../stacks/user-data.ts';
import { fleetOf, largestFleet, smallestFleet } from './declarations.ts';
import { blocksOf, environmentOf, synthesise, userDataOf } from './synthesise.ts';

const scriptsOf = (fleet: Fleet, stack: string) =>
  blocksOf(synthesise(fleet)[stack], 'aws_launch_template').map(userDataOf);
const [smallest = ''] = scriptsOf(smallestFleet(), 'ci-eu-west-1');

describe('user data', () => {
  it('is a script that bash can read', () => {
    const scripts = [smallest, ...scriptsOf(largestFleet(), 'build-farm-eu-west-1')];
    expect(scripts).toHaveLength(6);
    for (const script of scripts) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(script).not.toMatch(/@[A-Z_]+@/);
    }
  });

  it('brings the worker for a stock image, as the image is baked with it', () => {
    const root = new URL('../../', import.meta.url);
    const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
    expect(smallest).toContain(read('packer/install-worker.sh').trimEnd());
    expect(smallest).toContain(compactPython(read('examples/worker/worker.py')));
    expect(smallest).toMatch(/if \[ ! -x \/opt\/muster\/venv\/bin\/python \]/);
  });

  it('brings no worker for a queue that the example worker cannot read', () => {
    const steady = synthesise(largestFleet())['build-farm-eu-west-1']?.resource.aws_launch_template;
    const script = userDataOf(steady?.['steady-x86_64'] ?? {});
    expect(script).not.toContain('install-worker');
    expect(environmentOf(script)).toContain(
      'MUSTER_QUEUE_URL="http://queue.example.com:8081/v1/jobs"',
    );
  });

  it('holds the name of the token and never a token', () => {
    const scripts = scriptsOf(largestFleet(), 'build-farm-us-east-1');
    for (const script of scripts) {
      expect(environmentOf(script)).toContain(
        'MUSTER_HEARTBEAT_TOKEN_PARAMETER="/muster/build-farm/token"',
      );
      expect(environmentOf(script).join('\n')).not.toMatch(/MUSTER_HEARTBEAT_TOKEN=|AWS_SECRET/);
    }
  });

  it('fits in what EC2 allows with as many and as long names as can be declared', () => {
    const fleet = fleetOf(1, () => 'p'.repeat(40));
    const [pool] = fleet.pools;
    if (pool === undefined) throw new Error('there is one pool');
    const types = (count: number): InstanceChoice[] =>
      Array.from({ length: count }, (_, index) => ({
        type: `m7i-flex.${index}xlarge`,
        architecture: 'x86_64',
        capacity: 999,
        utility: 1,
        maxPrice: null,
        onDemandDiscount: 0,
      }));
    const full = { ...fleet, name: 'f'.repeat(40), pools: [{ ...pool, instances: types(40) }] };
    const [script = ''] = scriptsOf(full, `${full.name}-eu-west-1`);
    expect(Buffer.byteLength(script)).toBeLessThanOrEqual(16_384);
    expect(() => synthesise({ ...full, pools: [{ ...pool, instances: types(400) }] })).toThrow(
      /user data of pool p+ is \d+ bytes, EC2 allows 16384/,
    );
  });

  it('fits with every option of a worker at once', () => {
    const types = ['c6i', 'c6id', 'c7i', 'm6i', 'm6id', 'm7i', 'r6i', 'r7i', 'c7g', 'm7g']
      .flatMap((family) =>
        ['xlarge', '2xlarge', '4xlarge', '8xlarge'].map((size) => [family, size]),
      )
      .map((parts) => `{ type: ${parts.join('.')}, capacity: 1 }`);
    expect(types).toHaveLength(40);
    const volumes = ['a', 'b', 'c', 'd'].map(
      (letter) => `{ id: vol-0a1b2c3d4e5f6071${letter}, mount: /srv/cache-${letter} }`,
    );
    const full = parseFleet(
      `fleet: ci
heartbeat: { url: "http://scaler.example.com:8080", tokenParameter: /muster/ci/token }
regions: { eu-west-1: { vpc: vpc-0a1b2c3d, publicSubnets: [subnet-0a1b2c3d] } }
pools:
  linux:
    owner: build@example.com
    queue: { sqs: https://sqs.eu-west-1.amazonaws.com/111122223333/linux-tasks }
    capacity: { max: 1 }
    instances: [${types.join(', ')}]
    image: { ids: { eu-west-1: { x86_64: ami-0a1b2c3d, arm64: ami-0b2c3d4e } } }
    lifecycle: { launchHook: 5m }
    disk: { data: 100GiB, existing: [${volumes.join(', ')}] }
    network: { subnets: public, elasticIps: 1 }
`,
      'full.yaml',
    );
    const [script = ''] = scriptsOf(full, 'ci-eu-west-1');
    expect(script).toContain('attach_volume');
    expect(script).toContain('MUSTER_LAUNCH_HOOK');
    expect(Buffer.byteLength(script)).toBeLessThanOrEqual(16_384);
  });

  it('keeps each setting on its own line, whatever is in it', () => {
    const fleet = fleetOf(1);
    const hostile = { ...fleet, heartbeat: { url: 'http://a/"\nX="y\\', tokenParameter: null } };
    const [script = ''] = scriptsOf(hostile, 'ci-eu-west-1');
    expect(environmentOf(script)).toContain('MUSTER_SCALER_URL="http://a/\\" X=\\"y\\\\"');
  });
});

describe('compactPython', () => {
  it('leaves out comments and empty lines and shortens indents', () => {
    expect(compactPython('# a\nif x:\n\n    # b\n    y = "#"  # c\n        z\n')).toBe(
      'if x:\n\ty = "#"  # c\n\t\tz',
    );
  });

  it('leaves the worker a program that Python can read', () => {
    const source = readFileSync(
      new URL('../../examples/worker/worker.py', import.meta.url),
      'utf8',
    );
    const code = 'import ast, sys; ast.parse(sys.stdin.read())';
    const { status, stderr } = spawnSync('python3', ['-c', code], {
      input: compactPython(source),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
