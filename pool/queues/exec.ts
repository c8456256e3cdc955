import { duration, list, mapping, text } from '../schema-parts.ts';
import type { Seconds } from '../units.ts';
import { sourceForm } from './form.ts';

/** A command that prints a number, or the JSON that `docs/queues.md` gives. */
export interface ExecDeclaration {
  readonly kind: 'exec';
  /** Program and parameters; no shell reads them. */
  readonly command: readonly string[];
  /** Variables of the scaler's environment that the command gets beside PATH and HOME. */
  readonly environment: readonly string[];
  readonly limit: Seconds;
}

export const execForm = sourceForm({
  schema: mapping({
    command: list(text('a text', /^[^\0]*$/, 4_096), 100, 'texts').describe(
      'Program and its parameters, as a list. No shell reads them.',
    ),
    environment: list(text('the name of a variable', /^[A-Za-z_]\w*$/, 128), 100, 'names')
      .describe(
        "Variables of the scaler's environment that the command may see. Default: PATH and HOME.",
      )
      .optional(),
    limit: duration(1, 60).describe('The command is ended when it takes longer.').prefault('10s'),
  }).describe('A command that prints a number, or JSON with pending, claimed and more.'),
  declare: ({ command, environment = [], limit }): ExecDeclaration => ({
    kind: 'exec',
    command,
    environment: [...new Set(environment)].sort(),
    limit,
  }),
  ports: () => [],
});
