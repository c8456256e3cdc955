import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import type { Fleet, InstanceChoice } from '../../pool/pool.ts';
import { compactPython } from '../../stacks/user-data.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { smallest as declaration, fleetOf, largestFleet, smallestFleet } from './declarations.ts';
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
    // As it is, but for comments and indents.
    const lines = read('packer/install-worker.sh').replace(/^ *(#(?!!).*)?\n| +(?=\S)/gm, (part) =>
      part.endsWith('\n') ? '' : part,
    );
    expect(smallest).toContain(lines.replace(/^ +/gm, '').trimEnd());
    expect(smallest).toContain(compactPython(read('examples/worker/worker.py')));
    expect(smallest).toMatch(/if \[ ! -x \/opt\/muster\/venv\/bin\/python \]/);
  });

  it('leaves volumes and the worker to the agent of an image that has one', () => {
    const fleet = synthesise(
      parseFleet(
        declaration.replace(
          'max: 20 }',
          'max: 2 }\n    disk: { data: 9GiB, existing: [{ id: vol-0a1b2c3d, mount: /srv/kept }] }',
        ),
        'volumes.yaml',
      ),
    );
    const [block = {}] = blocksOf(fleet['ci-eu-west-1'], 'aws_launch_template');
    const script = userDataOf(block);
    expect(environmentOf(script)).toEqual(
      expect.arrayContaining([
        'MUSTER_DATA_DEVICE="/dev/sdf"',
        'MUSTER_VOLUMES="vol-0a1b2c3d=/srv/kept"',
      ]),
    );
    const guard = 'if [ ! -x /usr/lib/muster/agent ]; then\n';
    const start = script.indexOf(guard);
    const commands = ['mkfs', 'attach-volume', 'mount ', 'venv', 'systemctl'];
    expect(commands.filter((each) => script.slice(0, start).includes(each))).toEqual([]);
    expect(commands.filter((each) => !script.slice(start).includes(each))).toEqual([]);
    // Up to the last line.
    expect(script.trimEnd().endsWith('\nfi\nfi')).toBe(true);
    const bash = (image: string) => {
      const text = script
        .replaceAll('/usr/lib/muster', image)
        .replaceAll('/etc/muster', folder.path)
        .replaceAll('169.254.169.254', '127.0.0.1:9')
        // Without an agent it goes no further than to wait for the device of its data.
        .replace('for _ in $(seq 60)', 'echo no-agent >&2; exit 3; $&');
      return spawnSync('bash', ['-c', text.replace(/^export AWS(.*\n)+?instance=.*$/m, '')]);
    };
    const folder = temporaryFolder('user-data');
    const image = join(folder.path, 'image');
    expect(bash(image)).toMatchObject({ status: 3, stderr: Buffer.from('no-agent\n') });
    mkdirSync(image);
    writeFileSync(join(image, 'agent'), '', { mode: 0o755 });
    expect(bash(image)).toMatchObject({ status: 0, stderr: Buffer.from('') });
    expect(readFileSync(join(folder.path, 'worker.env'), 'utf8')).toContain('MUSTER_VOLUMES=');
    folder.remove();
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
    expect(script).toContain('attach-volume');
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
    const source = '# a\nif x:\n\n    # b\n    y = "#"  # c\n        z = "  # d"\n';
    expect(compactPython(source)).toBe('if x:\n\ty = "#"\n\t\tz = "  # d"');
    expect(compactPython('import a\nimport b\nf(\n    [\n        1,\n    ]\n)\n')).toBe(
      'import a, b\nf([1,])',
    );
  });

  it('leaves the worker the program that it is', () => {
    const url = new URL('../../examples/worker/worker.py', import.meta.url);
    const source = readFileSync(url, 'utf8');
    // Without texts that only say what something is, and with each import by itself.
    const code = `
import ast, sys
class Bare(ast.NodeTransformer):
    def visit_Expr(self, node):
        return None if isinstance(node.value, ast.Constant) else node
    def visit_Import(self, node):
        return [ast.Import([name]) for name in node.names]
print(ast.dump(Bare().visit(ast.parse(sys.stdin.read()))))
`;
    const treeOf = (input: string) => {
      const { status, stdout, stderr } = spawnSync('python3', ['-c', code], {
        input,
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
      return stdout;
    };
    expect(treeOf(compactPython(source))).toBe(treeOf(source));
    expect(treeOf(source)).not.toBe(treeOf(source.replace('is True', 'is False')));
    expect(treeOf(source).length).toBeGreaterThan(10_000);
  });
});
