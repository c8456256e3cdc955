import * as z from 'zod';
import { instanceTypes } from './catalogue.ts';
import { presetKeys } from './presets.ts';
import { fleetSchema } from './schema.ts';
import { instanceTypeName } from './schema-instance.ts';
import { poolSchema } from './schema-pool.ts';

/**
 * The form of `muster.yaml` as JSON Schema draft 7, which editors read best: a description and,
 * where there is one, the default of every key. What holds between keys is left to the loader.
 */
export function declarationJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(fleetSchema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def === poolSchema._zod.def) {
        // With a preset these may be left out.
        const withoutPreset = [...presetKeys];
        jsonSchema.required = (jsonSchema.required ?? []).filter(
          (key) => !withoutPreset.some((given) => given === key),
        );
        jsonSchema.anyOf = [{ required: ['preset'] }, { required: withoutPreset }];
      }
      const type = instanceTypeName._zod.def;
      // Completes the known types; the second branch lets all others through.
      if (zodSchema._zod.def.type === 'string' && zodSchema._zod.def === type) {
        jsonSchema.anyOf = [{ enum: [...instanceTypes().keys()] }, { type: 'string' }];
      }
    },
  });
  return { $schema, title: 'muster.yaml', ...schema };
}

const lineWidth = 100;

/** The text of `muster.schema.json`: a list of words stands on one line where it fits. */
export function printJsonSchema(): string {
  const text = JSON.stringify(declarationJsonSchema(), null, 2);
  const listOfWords = /^( *(?:"[^"]*": )?)\[\n([^[\]{}]*?)\n *\](,?)$/gm;
  const shorter = text.replace(
    listOfWords,
    (long: string, start: string, words: string, end: string) => {
      const short = `${start}[${words.trim().replace(/\n */g, ' ')}]${end}`;
      return short.length <= lineWidth ? short : long;
    },
  );
  return `${shorter}\n`;
}
