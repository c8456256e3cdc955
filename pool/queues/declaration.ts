/** A pool's queue, parsed: one source, or several whose readings are combined. */
import type { sourceForms } from './forms.ts';

/** Key of a source in `muster.yaml`, and `kind` of its declaration. */
export type SourceKind = keyof typeof sourceForms;

export type SourceDeclaration = ReturnType<(typeof sourceForms)[SourceKind]['declare']>;

export interface CombinedDeclaration {
  readonly kind: 'combined';
  /** `sum`: each source has tasks of its own. `maximum`: each sees the same tasks. */
  readonly rule: 'sum' | 'maximum';
  /** At least one. */
  readonly sources: readonly SourceDeclaration[];
}

export type QueueDeclaration = SourceDeclaration | CombinedDeclaration;

/** The sources of a queue, in the file's order. */
export function sourcesOf(queue: QueueDeclaration): readonly SourceDeclaration[] {
  return queue.kind === 'combined' ? queue.sources : [queue];
}
