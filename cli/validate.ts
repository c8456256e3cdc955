import { Command } from 'commander';
import { loadFleet } from '../pool/load.ts';
import type { Fleet } from '../pool/pool.ts';

export function validateCommand(): Command {
  return new Command('validate')
    .description('check a declaration; prints what it declares, or all problems and exits 2')
    .argument('[file]', 'the declaration', './muster.yaml')
    .action((file: string) => {
      process.stdout.write(`${file}: ${describeFleet(loadFleet(file))}\n`);
    });
}

function describeFleet({ name, regions, pools }: Fleet): string {
  const types = new Set(pools.flatMap(({ instances }) => instances.map(({ type }) => type)));
  return [
    `fleet ${name}`,
    `${count(regions.length, 'region')} (${listed(regions.map((region) => region.name))})`,
    `${count(pools.length, 'pool')} (${listed(pools.map((pool) => pool.name))})`,
    `${count(types.size, 'instance type')} (${listed([...types].sort())})`,
  ].join(', ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The first few; the rest as a number, so that a large fleet still makes one line. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
