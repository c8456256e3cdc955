import { Command } from 'commander';
import { DeclarationError } from '../pool/declaration-error.ts';
import { loadFleet } from '../pool/load.ts';
import { nearest, suggestion } from '../pool/nearest.ts';
import { explain } from '../scaler/explain.ts';
import { FileState } from '../scaler/store/file-state.ts';

export function explainCommand(): Command {
  return new Command('explain')
    .description("Why a pool's last decision is what it is")
    .argument('<pool>', 'name of the pool')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .option('--state <file>', 'where the scaler keeps its memory', '.muster-state.json')
    .action(async (name: string, { config, state }: { config: string; state: string }) => {
      const fleet = loadFleet(config);
      const pool = fleet.pools.find((known) => known.name === name || known.id === name);
      if (!pool) {
        const names = fleet.pools.map((known) => known.name);
        const near = suggestion(nearest(name, names));
        const message = `no pool named ${name}; there are ${names.join(', ')}${near}`;
        throw new DeclarationError(config, [{ path: 'pools', position: null, message }]);
      }
      const { last, memories } = await new FileState(state).load();
      const decided = last[pool.id];
      const memory = memories[pool.id];
      if (!decided || !memory) {
        process.stdout.write(`${name}: no decision yet in ${state}; run \`muster run\` first\n`);
        return;
      }
      process.stdout.write(explain(pool, { ...decided, memory }));
    });
}
