import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fleet } from '../../pool/pool.ts';
import { writeStacks } from '../../stacks/write-stacks.ts';
import { largestFleet, smallestFleet } from './declarations.ts';
import { synthesiseText } from './synthesise.ts';

let folder = '';
let out = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-write-'));
  out = join(folder, 'out');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writeStacks', () => {
  it('lays stacks out as the cdktf CLI does, the shared one first', () => {
    expect(writeStacks(smallestFleet(), out)).toEqual(
      ['ci-shared', 'ci-eu-west-1'].map((name) => ({
        name,
        directory: join(out, 'stacks', name),
        file: join(out, 'stacks', name, 'cdk.tf.json'),
      })),
    );
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    expect(manifest.stacks['ci-eu-west-1']).toMatchObject({
      synthesizedStackPath: 'stacks/ci-eu-west-1/cdk.tf.json',
      workingDirectory: 'stacks/ci-eu-west-1',
      dependencies: ['ci-shared'],
    });
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('replaces an earlier output and keeps what was added to it', () => {
    writeStacks(smallestFleet(), out);
    const stack = join(out, 'stacks', 'ci-eu-west-1');
    mkdirSync(join(stack, '.terraform'));
    writeFileSync(join(stack, 'backend_override.tf'), 'terraform {}');
    writeFileSync(join(stack, 'cdk.tf.json'), 'old');
    writeStacks(smallestFleet(), out);
    expect(readdirSync(stack).sort()).toEqual(['.terraform', 'backend_override.tf', 'cdk.tf.json']);
    expect(readFileSync(join(stack, 'cdk.tf.json'), 'utf8')).toContain('ci_linux_spot');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('takes an empty directory', () => {
    mkdirSync(out);
    expect(writeStacks(smallestFleet(), out)).toHaveLength(2);
  });

  it('refuses a directory with something else in it, and changes nothing', () => {
    mkdirSync(out);
    writeFileSync(join(out, 'notes.txt'), 'mine');
    expect(() => writeStacks(smallestFleet(), out)).toThrow(/holds something else \(notes\.txt\)/);
    expect(readdirSync(out)).toEqual(['notes.txt']);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('refuses to forget a stack that was initialised', () => {
    writeStacks(smallestFleet(), out);
    const before = readFileSync(join(out, 'manifest.json'), 'utf8');
    mkdirSync(join(out, 'stacks', 'ci-eu-west-1', '.terraform'));
    expect(() => writeStacks(largestFleet(), out)).toThrow(
      /ci-eu-west-1 is no longer declared .* destroy, then remove it/,
    );
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toBe(before);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('leaves an earlier output as it was when the fleet cannot be written', () => {
    writeStacks(smallestFleet(), out);
    const fleet = smallestFleet();
    const broken: Fleet = {
      ...fleet,
      pools: fleet.pools.map((pool) => ({ ...pool, image: { kind: 'id', ids: {} } })),
    };
    expect(() => writeStacks(broken, out)).toThrow(
      'pool linux has x86_64 instance types but no x86_64 image id in eu-west-1',
    );
    expect(existsSync(join(out, 'stacks', 'ci-eu-west-1', 'cdk.tf.json'))).toBe(true);
    expect(readdirSync(folder)).toEqual(['out']);
  });
});

describe('what is written', () => {
  it('is the same bytes each time, in whatever order things are declared', () => {
    const fleet = largestFleet();
    const turned: Fleet = {
      ...fleet,
      regions: [...fleet.regions].reverse().map((region) => ({
        ...region,
        network:
          region.network.kind === 'created'
            ? region.network
            : { ...region.network, subnetIds: [...region.network.subnetIds].reverse() },
      })),
      pools: [...fleet.pools].reverse().map((pool) => ({
        ...pool,
        regions: [...pool.regions].reverse(),
        instances: [...pool.instances].reverse(),
        notifyOnMissing: [...pool.notifyOnMissing].reverse(),
        tags: Object.fromEntries(Object.entries(pool.tags).reverse()),
      })),
    };
    const first = synthesiseText(fleet);
    expect(Object.keys(first)).toHaveLength(3);
    expect(synthesiseText(fleet)).toEqual(first);
    expect(synthesiseText(turned)).toEqual(first);
  });

  it('names no folder of the machine', () => {
    const text = Object.values(synthesiseText(largestFleet())).join('\n');
    expect(text).not.toContain(process.cwd());
    expect(text).not.toContain(tmpdir());
    expect(text).toContain('"../../../terraform.build-farm-shared.tfstate"');
  });

  it('is text to Terraform where the declaration is text', () => {
    const fleet = smallestFleet();
    const pools = fleet.pools.map((pool) => ({ ...pool, tags: { note: `\${a} %{b} $c` } }));
    const text = synthesiseText({ ...fleet, pools })['ci-eu-west-1'];
    expect(text).toContain(`"note": "$\${a} %%{b} $c"`);
  });
});
