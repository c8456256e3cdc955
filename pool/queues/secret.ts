/**
 * Where a source's credentials stand. A declaration names the place and never the secret itself, so
 * that the file, plans and logs hold none.
 */
import * as z from 'zod';
import { keySeparator, text } from '../schema-parts.ts';

/** A place that the scaler reads when it reads the source, and again when the source refuses it. */
export interface SecretReference {
  readonly kind: 'secret';
  readonly from: 'environment' | 'ssm' | 'secretsManager';
  /** Name of a variable, of an SSM parameter, or name or ARN of a secret. */
  readonly name: string;
  /** Of a secret that is a JSON mapping: which of its values; null: the whole. */
  readonly field: string | null;
}

const allowed =
  'where the secret is, as one of { environment: NAME }, { ssm: /NAME } and ' +
  '{ secretsManager: NAME-OR-ARN }; a secret itself is never in this file';

const placeSchema = z
  .strictObject(
    {
      environment: text('the name of a variable such as CI_TOKEN', /^[A-Za-z_]\w*$/, 128)
        .describe("Variable of the scaler's environment. Default: none.")
        .optional(),
      ssm: text('the name of an SSM parameter such as /ci/token', /^\/[\w./-]+$/, 1_011)
        .describe("SSM parameter in the fleet's home region. Default: none.")
        .optional(),
      secretsManager: text(
        'the name or ARN of a secret such as ci/token',
        /^(arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[\w/+=.@-]+$/,
        512,
      )
        .describe("Secret of Secrets Manager in the fleet's home region. Default: none.")
        .optional(),
      field: text('a key of the secret', /^\S+$/, 128)
        .describe('Key of a secret that is a JSON mapping. Default: the whole secret.')
        .optional(),
    },
    {
      // What stands in its place may be the secret itself, and is for no message.
      error: ({ code }) =>
        code === 'unrecognized_keys'
          ? ['environment', 'ssm', 'secretsManager', 'field'].join(keySeparator)
          : `got something else; allowed: ${allowed}`,
    },
  )
  .refine(
    ({ environment, ssm, secretsManager }) =>
      [environment, ssm, secretsManager].filter((place) => place !== undefined).length === 1,
    { error: `got none or several places; allowed: ${allowed}` },
  )
  .refine(({ field, secretsManager }) => field === undefined || secretsManager !== undefined, {
    error: 'got a field of no secret; allowed: field with secretsManager only',
  })
  .meta({
    id: 'secret',
    description: 'Where a secret is: one of environment, ssm and secretsManager.',
    oneOf: [{ required: ['environment'] }, { required: ['ssm'] }, { required: ['secretsManager'] }],
  });

/** A place of a secret, for the schema of a source. Its output is a {@link SecretReference}. */
export function secretReference(what: string) {
  return placeSchema.transform(toReference).describe(what);
}

function toReference({
  environment,
  ssm,
  secretsManager,
  field,
}: z.output<typeof placeSchema>): SecretReference {
  if (environment !== undefined) {
    return { kind: 'secret', from: 'environment', name: environment, field: null };
  }
  if (ssm !== undefined) return { kind: 'secret', from: 'ssm', name: ssm, field: null };
  return {
    kind: 'secret',
    from: 'secretsManager',
    name: secretsManager ?? '',
    field: field ?? null,
  };
}

/** Every reference within a declaration, however deep. */
export function secretsIn(value: unknown): SecretReference[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isReference(value)) return [value];
  return Object.values(value).flatMap(secretsIn);
}

function isReference(value: object): value is SecretReference {
  return 'kind' in value && value.kind === 'secret' && 'from' in value;
}
