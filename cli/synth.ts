import { relative } from 'node:path';
import { Command } from 'commander';
import type { Fleet } from '../pool/pool.ts';

export function synthCommand(): Command {
  return new Command('synth')
    .description('Write the Terraform of a fleet: one stack per region, and one for its roles')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .requiredOption('--out <directory>', 'where to write: new, empty, or written here before')
    .action(async ({ config, out }: { config: string; out: string }) => {
      // Loaded only here: the Terraform bindings take half a second.
      const { loadPinnedFleet } = await import('../pool/image-lock.ts');
      const fleet = loadPinnedFleet(config);
      const { defaultBundleFile } = await import('../stacks/scaler-artifacts.ts');
      const { writeStacks } = await import('../stacks/write-stacks.ts');
      const stacks = writeStacks(fleet, out, {
        bundleFile: defaultBundleFile,
        declarationFile: config,
      });
      const lines = [
        `Wrote ${stacks.length} stacks of fleet ${fleet.name}:`,
        ...stacks.map(({ file }) => `  ${relative('.', file)}`),
        '',
        `Apply them in this order; state is kept ${whereStateIs(fleet)}:`,
        ...stacks.flatMap(({ directory }) => [
          `  terraform -chdir=${relative('.', directory)} init`,
          `  terraform -chdir=${relative('.', directory)} apply`,
        ]),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}

function whereStateIs({ infrastructure: { remoteState } }: Fleet): string {
  if (remoteState === null) return 'beside that directory, as terraform.STACK.tfstate';
  const { bucket, environment } = remoteState;
  return `in s3://${[bucket, 'muster', ...(environment ? [environment] : []), 'STACK.tfstate'].join('/')}`;
}
