import { createInterface } from 'node:readline';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { decideLines } from '../scaler/decide-lines.ts';
import { decisionSchema } from '../scaler/schemas/decision-schema.ts';
import { observationSchema } from '../scaler/schemas/observation-schema.ts';
import { policySchema } from '../scaler/schemas/policy-schema.ts';

const schemas = { pool: policySchema, observation: observationSchema, decision: decisionSchema };

export function decideCommand(): Command {
  return new Command('decide')
    .description('Decide without AWS: a pool, then observations, one JSON line each, on stdin')
    .addOption(
      new Option('--schema <name>', 'print the JSON Schema of a line instead').choices(
        Object.keys(schemas),
      ),
    )
    .addHelpText(
      'after',
      '\nThe first line is a pool, each further line an observation; each gives a decision line.\n' +
        'Memory is carried across lines. Try: npx muster decide < examples/decide.jsonl',
    )
    .action(async ({ schema }: { schema?: keyof typeof schemas }) => {
      if (schema) {
        const io = schema === 'decision' ? 'output' : 'input';
        const document = z.toJSONSchema(schemas[schema], { io });
        process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
        return;
      }
      const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
      for await (const decision of decideLines(lines)) process.stdout.write(`${decision}\n`);
    });
}
