import { Command } from 'commander';
import writeFileAtomic from 'write-file-atomic';
import { printJsonSchema } from '../pool/json-schema.ts';

export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of the declaration, for editors')
    .option('--out <file>', 'write it to a file instead')
    .action(async ({ out }: { out?: string }) => {
      if (out === undefined) process.stdout.write(printJsonSchema());
      else await writeFileAtomic(out, printJsonSchema());
    });
}
