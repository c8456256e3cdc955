import { Command } from 'commander';
import { printCost } from '../pool/fleet-cost.ts';
import { loadFleet } from '../pool/load.ts';

export function costCommand(): Command {
  return new Command('cost')
    .description('What a fleet may cost, from its minimum to its maximum, as a table in Markdown')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .action(({ config }: { readonly config: string }) => {
      process.stdout.write(printCost(loadFleet(config)));
    });
}
