import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);

/** What a text may become: a store is trusted, but not to fill our memory. */
const longestText = 256 * 1024 * 1024;

/** JSON as text of a fifth to a tenth of its length: a store is paid by the kilobyte. */
export async function compressed(value: unknown): Promise<string> {
  const text = Buffer.from(JSON.stringify(value));
  return (await gzipAsync(text, { level: constants.Z_BEST_SPEED + 4 })).toString('base64');
}

/** @throws Error when it is not what {@link compressed} made. */
export async function expanded(text: string): Promise<unknown> {
  const bytes = await gunzipAsync(Buffer.from(text, 'base64'), { maxOutputLength: longestText });
  return JSON.parse(bytes.toString('utf8'));
}
