import type * as z from 'zod';

/** What of the rest of the file a source's declaration may follow from. */
export interface DeclaringPool {
  readonly poolName: string;
  /** The fleet's first region in the file's order. */
  readonly firstRegion: string;
  /** The key `region` beside the source, which only some take; null: not given. */
  readonly region: string | null;
}

/** How a source is written in `muster.yaml`, and what that means to the scaler and the stacks. */
export interface SourceForm<Schema extends z.ZodType, Declaration extends { kind: string }> {
  /** Of what stands after the source's key. */
  readonly schema: Schema;
  /** Cannot fail: the schema refuses what it cannot take. */
  declare(written: z.output<Schema>, pool: DeclaringPool): Declaration;
  /** TCP ports that the scaler reaches it on, beside 443 for AWS. */
  ports(declaration: Declaration): readonly number[];
}

/** Infers a form's types from its parts. */
export function sourceForm<Schema extends z.ZodType, Declaration extends { kind: string }>(
  form: SourceForm<Schema, Declaration>,
): SourceForm<Schema, Declaration> {
  return form;
}
