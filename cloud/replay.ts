import type { UnixSeconds } from '../pool/units.ts';
import { CloudError } from '../scaler/ports.ts';
import type { CloudAccount } from './account.ts';
import { act } from './admin-actions.ts';
import type { JournalEntry } from './journal.ts';
import { AwsError } from './protocol/aws-error.ts';
import { AccountService } from './service.ts';
import { Workers } from './workers.ts';

/** An account to which all is done again that a journal tells of, as far as one wants. */
export class Replay {
  readonly account: CloudAccount;
  readonly service: AccountService;
  readonly workers: Workers;
  private done = 0;

  /** `account`: a new one, of the journal's seed and start. */
  constructor(account: CloudAccount) {
    this.account = account;
    this.service = new AccountService(account);
    this.workers = new Workers(account);
  }

  /** Does what was done by then and not yet done again. A time before that of the account changes nothing. */
  async run(entries: readonly JournalEntry[], until: UnixSeconds): Promise<void> {
    const { account, workers, service } = this;
    const { signal } = new AbortController();
    for (let entry = entries[this.done]; entry && entry.at <= until; entry = entries[this.done]) {
      this.done++;
      await account.clock.run(entry.at, signal);
      if (entry.kind === 'act') act(account, entry.action);
      else if (entry.kind === 'workload') workers.add(entry.order);
      else if (entry.kind === 'parameter') {
        account.writeParameter(entry.region, entry.name, entry.value);
      } else if (entry.kind === 'told') workers.tell(entry.instanceId, entry.drain);
      else await service.serve(entry.call).catch(onlyRefusals);
    }
    await account.clock.run(until, signal);
  }
}

/** What was refused then is refused again. */
function onlyRefusals(error: unknown): void {
  if (!(error instanceof AwsError || error instanceof CloudError)) throw error;
}
