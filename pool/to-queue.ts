/** A pool's queue, from what the file says to the types that the rest reads. */

import type * as z from 'zod';
import type { QueueDeclaration, SourceDeclaration, SourceKind } from './queues/declaration.ts';
import type { DeclaringPool, SourceForm } from './queues/form.ts';
import { sourceForms } from './queues/forms.ts';
import { type QueueOutput, type SourceOutput, sourceKinds } from './schema-queue.ts';

/** The schema and rules have seen to it that one key is given. */
export function toQueue(queue: QueueOutput, pool: Omit<DeclaringPool, 'region'>): QueueDeclaration {
  const { sum, maximum } = queue;
  const several = sum ?? maximum;
  if (several === undefined) return toSource(queue, pool);
  const sources = several.map((source) => toSource(source, pool));
  return { kind: 'combined', rule: sum === undefined ? 'maximum' : 'sum', sources };
}

function toSource(source: SourceOutput, pool: Omit<DeclaringPool, 'region'>): SourceDeclaration {
  const kind = sourceKinds.find((key) => source[key] !== undefined);
  if (kind === undefined) throw new Error('a source without a key passed the schema');
  // What stands after a key is of that key's form, which a mapped type cannot tell.
  const form = sourceForms[kind] as unknown as SourceForm<z.ZodType, SourceDeclaration>;
  return form.declare(source[kind], { ...pool, region: source.region ?? null });
}

/** TCP ports on which the scaler reaches a source. */
export function sourcePorts(declaration: SourceDeclaration): readonly number[] {
  const kind: SourceKind = declaration.kind;
  const form = sourceForms[kind] as unknown as SourceForm<z.ZodType, SourceDeclaration>;
  return form.ports(declaration);
}
