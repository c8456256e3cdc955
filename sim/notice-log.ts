import type { Pool } from '../pool/pool.ts';
import type { UnixSeconds } from '../pool/units.ts';
import type { Notice } from '../scaler/decide/notice.ts';
import type { Clock, NotifierPort } from '../scaler/ports.ts';

export interface SentNotice {
  readonly at: UnixSeconds;
  readonly poolId: string;
  readonly notice: Notice;
}

/** Keeps what owners were told, and when. */
export class NoticeLog implements NotifierPort {
  readonly sent: SentNotice[] = [];
  private readonly clock: Pick<Clock, 'now'>;

  constructor(clock: Pick<Clock, 'now'>) {
    this.clock = clock;
  }

  async notify(pool: Pool, notices: readonly Notice[]): Promise<void> {
    const at = this.clock.now();
    for (const notice of notices) this.sent.push({ at, poolId: pool.id, notice });
  }
}
