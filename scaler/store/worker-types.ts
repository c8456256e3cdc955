import { NamedDocuments } from './named-documents.ts';
import type { Store } from './store.ts';

/** Definitions of worker types that came over the API, by name. */
export class WorkerTypes extends NamedDocuments {
  constructor(store: Store) {
    super(store, 'worker-types');
  }
}
