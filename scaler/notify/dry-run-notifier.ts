import type { Notice } from '../decide/notice.ts';
import type { NotifierPort } from '../ports.ts';

/** A notice that was not sent. */
export interface PlannedNotice {
  readonly call: 'notify';
  readonly pool: string;
  readonly notices: readonly Notice[];
}

/** Only tells what would be sent. */
export function dryRunNotifier(tell: (planned: PlannedNotice) => void): NotifierPort {
  return {
    async notify(pool, notices) {
      tell({ call: 'notify', pool: pool.id, notices });
    },
  };
}
