import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TerraformStack } from 'cdktf';
import { plainInfrastructure } from '../../pool/infrastructure.ts';
import type { Fleet, Pool, Region } from '../../pool/pool.ts';
import { fleetApp } from '../app.ts';

/** A block of Terraform's JSON syntax, by attribute. */
export type Block = Readonly<Record<string, unknown>>;

/** What Terraform would make for one pool. */
export interface PoolBlocks {
  /** By type, then by name. */
  readonly resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly data: PoolBlocks['resource'];
  readonly output: Readonly<Record<string, Block>>;
}

/**
 * The blocks of both stacks of a fleet that has nothing but one pool in one region: the one source of
 * what a pool is, whatever deploys it.
 */
export function poolBlocks(fleet: Fleet, pool: Pool, region: Region): PoolBlocks {
  const alone: Fleet = {
    ...fleet,
    pools: [{ ...pool, budget: null }],
    regions: [region],
    budget: null,
    infrastructure: plainInfrastructure,
  };
  const stacks = stacksOf(alone);
  return {
    resource: merged(stacks.map(({ resource }) => resource)),
    data: merged(stacks.map(({ data }) => data)),
    output: Object.assign({}, ...stacks.map(({ output }) => output)),
  };
}

function stacksOf(fleet: Fleet): PoolBlocks[] {
  // An app makes its output directory at once, even if nothing is written.
  const directory = mkdtempSync(join(tmpdir(), 'muster-template-'));
  try {
    return fleetApp(fleet, directory)
      .node.children.filter((child) => child instanceof TerraformStack)
      .map((stack) => withoutComments(stack.toTerraform()) as PoolBlocks);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function merged(parts: readonly (PoolBlocks['resource'] | undefined)[]): PoolBlocks['resource'] {
  const all: Record<string, Record<string, Block>> = {};
  for (const part of parts) {
    for (const [type, blocks] of Object.entries(part ?? {}))
      all[type] = { ...all[type], ...blocks };
  }
  return all;
}

/** cdktf writes notes of its own under `//`. */
function withoutComments(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, item) => (key === '//' ? undefined : item)));
}
