import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Resources of a stack in Terraform's JSON syntax: by type, then by name. */
export interface StackBlocks {
  readonly resource?: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>
  >;
}

/** The stacks that an output directory holds, by name; none where nothing was written yet. */
export function readStacks(outputDirectory: string): Readonly<Record<string, StackBlocks>> {
  const stacks = join(outputDirectory, 'stacks');
  if (!existsSync(stacks)) return {};
  const files = readdirSync(stacks)
    .sort()
    .map((name) => [name, join(stacks, name, 'cdk.tf.json')] as const)
    .filter(([, file]) => existsSync(file));
  return Object.fromEntries(files.map(([name, file]) => [name, parsed(file)]));
}

/** What cdktf notes under `//` is no resource's. A file that is no JSON counts as none: it is written anew. */
function parsed(file: string): StackBlocks {
  try {
    return JSON.parse(readFileSync(file, 'utf8'), (key, value) =>
      key === '//' ? undefined : value,
    ) as StackBlocks;
  } catch {
    return {};
  }
}
