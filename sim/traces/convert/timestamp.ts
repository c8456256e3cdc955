import { z } from 'zod';
import type { UnixSeconds } from '../../../pool/units.ts';

/** ISO 8601 with a time zone, as the APIs write it. */
export const timestamp = z.iso
  .datetime({ offset: true })
  .transform((text): UnixSeconds => Date.parse(text) / 1000);

/** Not yet, or never. */
export const timestampOrNone = timestamp.nullish().transform((time) => time ?? null);
