import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Fleet } from '../pool/pool.ts';
import { fleetApp } from './app.ts';
import type { ScalerArtifacts } from './scaler-artifacts.ts';
import { StackError } from './stack-error.ts';

export interface WrittenStack {
  readonly name: string;
  /** Where Terraform runs. */
  readonly directory: string;
  /** What it holds, in Terraform's JSON syntax. */
  readonly file: string;
}

const manifestName = 'manifest.json';
const stacksName = 'stacks';
const stackFileName = 'cdk.tf.json';
/** Where cdktf puts copies of the files that a stack takes. */
const assetsName = 'assets';

/**
 * Writes a fleet's stacks as Terraform JSON, laid out as the cdktf CLI does it:
 * `OUT/manifest.json` and `OUT/stacks/NAME/cdk.tf.json`.
 *
 * All or nothing: everything is made beside `OUT` and then takes its place. What Terraform or a
 * person added to a stack's directory (`.terraform`, a lock file, an override) moves along.
 *
 * @returns the stacks in the order in which they must be applied
 * @throws Error when `OUT` holds anything but an earlier output, or a stack that is no longer
 *   declared but was initialised: what it made in AWS would be forgotten.
 */
export function writeStacks(
  fleet: Fleet,
  outputDirectory: string,
  artifacts: ScalerArtifacts | null = null,
): WrittenStack[] {
  const target = resolve(outputDirectory);
  refuseForeign(target);
  const fresh = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
  try {
    // Made for this user alone; an output is as open as the person's other files.
    chmodSync(fresh, 0o777 & ~process.umask());
    fleetApp(fleet, fresh, artifacts).synth();
    const names = appliedInOrder(fresh);
    if (existsSync(target)) {
      refuseAbandoned(target, names);
      keepAdded(target, fresh, names);
      rmSync(target, { recursive: true });
    }
    renameSync(fresh, target);
    return names.map((name) => {
      const directory = join(outputDirectory, stacksName, name);
      return { name, directory, file: join(directory, stackFileName) };
    });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function refuseForeign(target: string): void {
  if (!existsSync(dirname(target)))
    throw new StackError(`${dirname(target)} does not exist: make it first`);
  if (!existsSync(target)) return;
  const entries = readdirSync(target);
  const isOutput = entries.includes(manifestName) && entries.includes(stacksName);
  if (entries.length > 0 && !isOutput) {
    throw new StackError(
      `${target} holds something else (${entries.slice(0, 3).join(', ')}): ` +
        'name a new or empty directory, or one that was written here before',
    );
  }
}

function refuseAbandoned(target: string, names: readonly string[]): void {
  for (const old of stackDirectories(target)) {
    const added = addedTo(join(target, stacksName, old));
    if (!names.includes(old) && added.length > 0) {
      const directory = join(target, stacksName, old);
      throw new StackError(
        `stack ${old} is no longer declared but ${directory} was initialised: ` +
          `run terraform -chdir=${directory} destroy, then remove it`,
      );
    }
  }
}

function keepAdded(target: string, fresh: string, names: readonly string[]): void {
  for (const name of stackDirectories(target).filter((old) => names.includes(old))) {
    for (const entry of addedTo(join(target, stacksName, name))) {
      renameSync(join(target, stacksName, name, entry), join(fresh, stacksName, name, entry));
    }
  }
}

function stackDirectories(output: string): string[] {
  const directory = join(output, stacksName);
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

function addedTo(stackDirectory: string): string[] {
  const written = [stackFileName, assetsName];
  return readdirSync(stackDirectory).filter((entry) => !written.includes(entry));
}

/** Stack names from the manifest, each after those that it needs. */
function appliedInOrder(output: string): string[] {
  const manifest = JSON.parse(readFileSync(join(output, manifestName), 'utf8')) as {
    readonly stacks: Readonly<Record<string, { readonly dependencies: readonly string[] }>>;
  };
  const ordered: string[] = [];
  const visit = (name: string) => {
    if (ordered.includes(name)) return;
    manifest.stacks[name]?.dependencies.forEach(visit);
    ordered.push(name);
  };
  Object.keys(manifest.stacks).forEach(visit);
  return ordered;
}
