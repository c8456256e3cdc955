import { relative } from 'node:path';
import { Command, Option } from 'commander';
import type { Fleet } from '../pool/pool.ts';
import { describeEdit } from './describe-edit.ts';
import { type DefinitionSource, sourceOption } from './stored-definitions.ts';
import { collectParameter, synthCloudFormation } from './synth-cloudformation.ts';

interface SynthOptions {
  readonly config: string;
  readonly out?: string;
  readonly format: 'terraform' | 'cloudformation';
  readonly pool?: string;
  readonly quickCreate?: string;
  readonly parameter: Readonly<Record<string, string>>;
  readonly state?: DefinitionSource;
}

export function synthCommand(): Command {
  return new Command('synth')
    .description('Write the Terraform of a fleet, or one pool as a CloudFormation template')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .option(
      '--out <path>',
      'where to write. Terraform: a directory, new, empty, or written here before. CloudFormation: a file (default: the output)',
    )
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices(['terraform', 'cloudformation'])
        .default('terraform'),
    )
    .option('--pool <name>', 'CloudFormation: the pool, where there are several')
    .option(
      '--quick-create <url>',
      'CloudFormation: print the link that deploys the template, which is at this URL in S3',
    )
    .option(
      '--parameter <name=value>',
      'CloudFormation: a value in the link, in place of the declared one; may be repeated',
      collectParameter,
      {},
    )
    .addOption(sourceOption('--state', 'Terraform: with the pools and AMI sets of the API, from'))
    .action(async (options: SynthOptions, command: Command) => {
      if (options.format === 'cloudformation') return synthCloudFormation(options);
      const { config, out } = options;
      refuseMisplaced(options, command);
      if (out === undefined) return command.error('error: --out <directory> is required');
      // Loaded only here: the Terraform bindings take half a second.
      const fleet = await fleetToWrite(config, options.state ?? null);
      const { defaultBundleFile } = await import('../stacks/scaler-artifacts.ts');
      const { writeStacks } = await import('../stacks/write-stacks.ts');
      const { readStacks } = await import('../stacks/read-stacks.ts');
      const { editPreview } = await import('../stacks/edit-preview.ts');
      const before = readStacks(out);
      const stacks = writeStacks(fleet, out, {
        bundleFile: defaultBundleFile,
        declarationFile: config,
      });
      const lines = [
        `Wrote ${stacks.length} stacks of fleet ${fleet.name}:`,
        ...stacks.map(({ file }) => `  ${relative('.', file)}`),
        '',
        ...(Object.keys(before).length === 0
          ? []
          : [...describeEdit(editPreview(before, readStacks(out))), '']),
        `Apply them in this order; state is kept ${whereStateIs(fleet)}:`,
        ...stacks.flatMap(({ directory }) => [
          `  terraform -chdir=${relative('.', directory)} init`,
          `  terraform -chdir=${relative('.', directory)} apply`,
        ]),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}

/** With what the API keeps, where asked for; what cannot be a pool now is told and left out. */
async function fleetToWrite(config: string, state: DefinitionSource | null): Promise<Fleet> {
  const { loadPinnedFleet, lockFileOf, pinImages, readImageLock } = await import(
    '../pool/image-lock.ts'
  );
  if (state === null) return loadPinnedFleet(config);
  const { loadDeclaration } = await import('../pool/load.ts');
  const { effectiveFleet } = await import('../pool/stored-pools.ts');
  const { pinAmiSets } = await import('../pool/ami-set-images.ts');
  const { storedDefinitions } = await import('./stored-definitions.ts');
  const declaration = loadDeclaration(config);
  const { workerTypes, amiSets, unreadable } = await storedDefinitions(state, declaration.fleet);
  const ofFile = new Set(declaration.fleet.pools.map(({ name }) => name));
  const made = workerTypes.filter(({ workerType }) => !ofFile.has(workerType));
  const { fleet, stored } = effectiveFleet(declaration, made);
  for (const { workerType, pool, waiting } of stored.values()) {
    const what = pool === null ? 'left out' : 'in part';
    for (const reason of waiting) process.stderr.write(`${workerType} (${what}): ${reason}\n`);
  }
  for (const name of unreadable) process.stderr.write(`${name} (left out): cannot be read\n`);
  const lock = pinAmiSets(fleet, amiSets, readImageLock(lockFileOf(config)), config);
  return pinImages(fleet, lock, config);
}

function refuseMisplaced({ pool, quickCreate, parameter }: SynthOptions, command: Command): void {
  if (pool === undefined && quickCreate === undefined && Object.keys(parameter).length === 0)
    return;
  command.error('error: --pool, --quick-create and --parameter need --format cloudformation');
}

function whereStateIs({ infrastructure: { remoteState } }: Fleet): string {
  if (remoteState === null) return 'beside that directory, as terraform.STACK.tfstate';
  const { bucket, environment } = remoteState;
  return `in s3://${[bucket, 'muster', ...(environment ? [environment] : []), 'STACK.tfstate'].join('/')}`;
}
