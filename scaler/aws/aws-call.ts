import { setMaxListeners } from 'node:events';
import { CloudError } from '../ports.ts';
import { type Caller, cloudErrorOf } from './errors.ts';

/**
 * Listeners on one signal before Node warns of a leak. An iteration's signal is shared by all of its
 * calls, and the SDK adds one listener to ours for each; Node's own limit is 10.
 */
const mostListeners = 1_000;

/**
 * One call to AWS, or one walk over pages, that ends when the signal fires.
 *
 * The SDK heeds the signal while a request is on the wire, but not while it waits between attempts
 * or fetches credentials; here the caller goes on at once in every case.
 *
 * @throws CloudError
 */
export async function awsCall<T>(
  doing: string,
  signal: AbortSignal,
  call: (abortSignal: AbortSignal) => Promise<T>,
  caller: Caller = 'scaler',
): Promise<T> {
  const ended = () =>
    new CloudError('unavailable', 'AbortError', `${doing}: ended before an answer`);
  if (signal.aborted) throw ended();
  setMaxListeners(mostListeners, signal);
  let onAbort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(ended());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([call(signal), aborted]);
  } catch (error) {
    throw cloudErrorOf(error, doing, caller);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** All items of a paged answer. */
export async function collect<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  return items;
}
