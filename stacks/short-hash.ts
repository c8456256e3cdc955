import { createHash } from 'node:crypto';

/** Ten hexadecimal digits that tell texts apart, for ids that cannot hold the text itself. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
