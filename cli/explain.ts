import { Command } from 'commander';
import { DeclarationError } from '../pool/declaration-error.ts';
import { homeRegion } from '../pool/home-region.ts';
import { loadFleet } from '../pool/load.ts';
import { nearest, suggestion } from '../pool/nearest.ts';
import { explain } from '../scaler/explain.ts';
import { readLastState } from '../scaler/store/last-state.ts';
import { type StoreAddress, storeAddressText } from '../scaler/store/store-address.ts';
import { systemClock } from '../scaler/system-clock.ts';
import { storeOption } from './store-option.ts';

export function explainCommand(): Command {
  return new Command('explain')
    .description("Why a pool's last decision is what it is")
    .argument('<pool>', 'name of the pool')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .addOption(storeOption('where the scaler keeps its state'))
    .action(async (name: string, { config, store }: { config: string; store: StoreAddress }) => {
      const fleet = loadFleet(config);
      const pool = fleet.pools.find((known) => known.name === name || known.id === name);
      if (!pool) {
        const names = fleet.pools.map((known) => known.name);
        const near = suggestion(nearest(name, names));
        const message = `no pool named ${name}; there are ${names.join(', ')}${near}`;
        throw new DeclarationError(config, [{ path: 'pools', position: null, message }]);
      }
      const { credentials, name: region } = homeRegion(fleet);
      const where = { credentials, region, clock: systemClock };
      const { last, memories } = await readLastState(store, where, new AbortController().signal);
      const decided = last[pool.id];
      const memory = memories[pool.id];
      if (!decided || !memory) {
        const place = storeAddressText(store);
        process.stdout.write(`${name}: no decision yet in ${place}; run \`muster run\` first\n`);
        return;
      }
      process.stdout.write(explain(pool, { ...decided, memory }));
    });
}
