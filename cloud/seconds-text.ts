import type { UnixSeconds } from '../pool/units.ts';

/** As AWS writes times in metadata and events: `2026-01-31T12:00:00Z`. */
export function secondsText(at: UnixSeconds): string {
  return new Date(Math.floor(at) * 1000).toISOString().replace('.000Z', 'Z');
}
