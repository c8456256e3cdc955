import { NamedDocuments } from './named-documents.ts';
import type { Store } from './store.ts';

/** AMI sets: an image id for each region, by the set's id. */
export class AmiSets extends NamedDocuments {
  constructor(store: Store) {
    super(store, 'ami-sets');
  }
}
