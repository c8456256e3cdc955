import { relative } from 'node:path';
import { Command } from 'commander';

export function synthCommand(): Command {
  return new Command('synth')
    .description('Write the Terraform of a fleet: one stack per region, and one for its roles')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .requiredOption('--out <directory>', 'where to write: new, empty, or written here before')
    .action(async ({ config, out }: { config: string; out: string }) => {
      // Loaded only here: the Terraform bindings take half a second.
      const { loadFleet } = await import('../pool/load.ts');
      const fleet = loadFleet(config);
      const { writeStacks } = await import('../stacks/write-stacks.ts');
      const stacks = writeStacks(fleet, out);
      const lines = [
        `Wrote ${stacks.length} stacks of fleet ${fleet.name}:`,
        ...stacks.map(({ file }) => `  ${relative('.', file)}`),
        '',
        'Apply them in this order; state is kept beside that directory, as terraform.STACK.tfstate:',
        ...stacks.flatMap(({ directory }) => [
          `  terraform -chdir=${relative('.', directory)} init`,
          `  terraform -chdir=${relative('.', directory)} apply`,
        ]),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}
