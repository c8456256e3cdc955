import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fleet } from '../../pool/pool.ts';
import { writeStacks } from '../../stacks/write-stacks.ts';

/** A block of Terraform's JSON syntax, by attribute. */
// biome-ignore lint/suspicious/noExplicitAny: generated JSON of any shape, which tests pick apart.
export type Block = Record<string, any>;

export interface Stack {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly data: Stack['resource'];
  readonly output: Block;
  readonly provider: { readonly aws: readonly Block[] };
  readonly terraform: Block;
}

/** Writes a fleet's stacks and returns their exact text, by stack name. */
export function synthesiseText(fleet: Fleet): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-stacks-'));
  try {
    const artifacts = {
      bundleFile: join(folder, 'muster.mjs'),
      declarationFile: join(folder, 'muster.yaml'),
    };
    writeFileSync(artifacts.bundleFile, 'the program');
    writeFileSync(artifacts.declarationFile, 'the declaration');
    writeStacks(fleet, join(folder, 'out'), artifacts);
    const stacks = join(folder, 'out', 'stacks');
    return Object.fromEntries(
      readdirSync(stacks)
        .sort()
        .map((name) => [name, readFileSync(join(stacks, name, 'cdk.tf.json'), 'utf8')]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As Terraform reads them: comments, which cdktf writes under `//`, are left out. */
export function synthesise(fleet: Fleet): Readonly<Record<string, Stack>> {
  return Object.fromEntries(
    Object.entries(synthesiseText(fleet)).map(([name, text]) => [
      name,
      JSON.parse(text, (key, value) => (key === '//' ? undefined : value)) as Stack,
    ]),
  );
}

export function blocksOf(stack: Stack | undefined, type: string): readonly Block[] {
  return Object.values(stack?.resource[type] ?? {});
}

/** Text of a launch template's user data. */
export function userDataOf(template: Block): string {
  return Buffer.from(String(template.user_data), 'base64').toString('utf8');
}

/** The settings in it, as the worker's service reads them. */
export function environmentOf(script: string): string[] {
  const between = /<<'MUSTER_ENVIRONMENT'\n([\s\S]*?)\nMUSTER_ENVIRONMENT\n/.exec(script)?.[1];
  if (between === undefined) throw new Error('the user data has no settings');
  return between.split('\n');
}

/** How Terraform's JSON syntax writes an expression. */
export function reference(expression: string): string {
  return `\${${expression}}`;
}
