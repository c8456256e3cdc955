import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'cdktf';
import type { Fleet } from '../../pool/pool.ts';
import { fleetApp } from '../../stacks/app.ts';
import { rawApp } from './raw-cdktf.ts';

export interface StackJson {
  readonly resource: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly data: StackJson['resource'];
  readonly output: StackJson['resource'];
}

/** What was written, by stack name. */
export type Stacks = Readonly<Record<string, StackJson>>;

export type Variant = 'muster' | 'raw';

/** Each makes and writes all stacks; only `raw` must be told the number of policies. */
export const variants: Readonly<Record<Variant, (fleet: Fleet, scalerPolicies: number) => Stacks>> =
  {
    muster: (fleet) => synthesise((directory) => fleetApp(fleet, directory)),
    raw: (fleet, scalerPolicies) =>
      synthesise((directory) => rawApp(fleet, scalerPolicies, directory)),
  };

function synthesise(makeApp: (directory: string) => App): Stacks {
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  try {
    makeApp(directory).synth();
    const stacks = join(directory, 'stacks');
    return Object.fromEntries(
      readdirSync(stacks)
        .sort()
        .map((name) => [
          name,
          JSON.parse(readFileSync(join(stacks, name, 'cdk.tf.json'), 'utf8')) as StackJson,
        ]),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
