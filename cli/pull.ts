import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import writeFileAtomic from 'write-file-atomic';
import { parseDocument, stringify } from 'yaml';
import { loadDeclaration } from '../pool/load.ts';
import { storedPool } from '../pool/stored-pools.ts';
import type { WorkerTypeDeclaration } from '../pool/worker-type-pool.ts';
import { type DefinitionSource, sourceOption, storedDefinitions } from './stored-definitions.ts';

interface PullOptions {
  readonly config: string;
  readonly from: DefinitionSource;
  readonly write?: boolean;
}

export function pullCommand(): Command {
  return new Command('pull')
    .description('Write the pools that were made over the API as YAML, to keep them in git')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .addOption(sourceOption('--from', 'where they are').makeOptionMandatory())
    .option(
      '--write',
      'add them to the declaration, which then goes before the API (default: print)',
    )
    .action(async ({ config, from, write = false }: PullOptions) => {
      const declaration = loadDeclaration(config);
      const { workerTypes, unreadable } = await storedDefinitions(from, declaration.fleet);
      const ofFile = new Set(declaration.fleet.pools.map(({ name }) => name));
      const pulled: WorkerTypeDeclaration[] = [];
      for (const stored of workerTypes.filter(({ workerType }) => !ofFile.has(workerType))) {
        const { declaration: declared, pool, waiting, notUsed } = storedPool(declaration, stored);
        for (const reason of [...waiting, ...notUsed]) {
          process.stderr.write(`${stored.workerType}: ${reason}\n`);
        }
        if (declared === null || pool === null) {
          process.stderr.write(
            `${stored.workerType}: left out, as it is no pool of this file yet\n`,
          );
        } else pulled.push(declared);
      }
      for (const name of unreadable) process.stderr.write(`${name}: left out, it cannot be read\n`);
      if (write) await addTo(config, pulled);
      else process.stdout.write(yamlOf(pulled));
    });
}

function yamlOf(pulled: readonly WorkerTypeDeclaration[]): string {
  const pools = Object.fromEntries(pulled.map(({ name, declaration }) => [name, declaration]));
  return stringify({ pools }, { lineWidth: 100 });
}

/** What the rest of the file says stays, with its comments; spaces may change. */
async function addTo(config: string, pulled: readonly WorkerTypeDeclaration[]): Promise<void> {
  const document = parseDocument(readFileSync(config, 'utf8'));
  for (const { name, declaration } of pulled) {
    document.setIn(['pools', name], document.createNode(declaration));
  }
  await writeFileAtomic(config, document.toString({ lineWidth: 100 }));
  process.stdout.write(`Added ${pulled.length} pools to ${config}\n`);
}
