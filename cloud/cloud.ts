import { CloudError } from '../scaler/ports.ts';
import { defaultParameters } from '../sim/parameters.ts';
import { CloudAccount } from './account.ts';
import { type AdminAction, act } from './admin-actions.ts';
import { type CloudEvent, watchEvents } from './events.ts';
import { Faults, failed, throttled } from './faults.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { type PassOn, passOn } from './operation.ts';
import { AwsError } from './protocol/aws-error.ts';
import { RealTime } from './real-time.ts';
import { AccountService, type Call, isRead, modelOf } from './service.ts';
import { steadyParameters } from './steady-parameters.ts';
import { RememberedSubnets, type SubnetDirectory } from './subnets.ts';

export interface CloudOptions {
  readonly seed: number;
  /** In seconds since 1970. */
  readonly start: number;
  /** Virtual seconds to a real one; null: time goes on when it is stepped. */
  readonly speed: number | null;
  /** Nothing fails unless it is told to. */
  readonly steady: boolean;
  readonly subnets: SubnetDirectory;
  /** Hears of what happens to instances. Default: nobody does. */
  readonly onEvent?: (event: CloudEvent) => void;
}

/** A connection that breaks in place of an answer. `silent`: it first stays open without one. */
export class BrokenConnection extends Error {
  override readonly name = 'BrokenConnection';
  readonly silent: boolean;

  constructor(silent: boolean) {
    super(silent ? 'no answer' : 'connection reset');
    this.silent = silent;
  }
}

/** The simulated cloud as a running thing: an account, its clock's pace, faults, and its journal. */
export class Cloud {
  readonly options: CloudOptions;
  faults: Faults;
  account: CloudAccount;
  private service: AccountService;
  private subnets: RememberedSubnets;
  private time: RealTime | null;
  private entries: JournalEntry[] = [];
  private requests = 0;

  constructor(options: CloudOptions) {
    this.options = options;
    this.subnets = new RememberedSubnets(options.subnets);
    this.account = this.newAccount(options);
    this.service = new AccountService(this.account);
    this.faults = new Faults(options.seed);
    this.time = this.pace();
    this.watch();
  }

  /** @throws AwsError, CloudError or BrokenConnection */
  async serve(call: Call): Promise<object | PassOn> {
    await this.time?.catchUp();
    const fault = this.faults.strike(call);
    switch (fault) {
      case 'throttle':
        throw throttled(modelOf(call.service));
      case 'error':
      case 'unavailable':
        throw failed(modelOf(call.service), fault);
      case 'reset':
      case 'timeout':
        throw new BrokenConnection(fault === 'timeout');
    }
    const { service, account } = this;
    const { offeredTypes } = account;
    let answer: object | PassOn = passOn;
    let refusal: unknown = null;
    try {
      answer = await service.serve(call);
    } catch (error) {
      refusal = error;
    }
    // A question about a type that nobody asked for before makes its market, so it counts as a deed;
    // and a call that is refused may have drawn an id.
    const isDeed = !isRead(call.operation) || account.offeredTypes > offeredTypes;
    const isOurs = refusal !== null || answer !== passOn;
    if (isOurs && isDeed && account === this.account) {
      this.entries.push({ kind: 'call', at: account.clock.now(), call });
    }
    if (refusal !== null) throw refusal;
    if (fault === 'lost') throw new BrokenConnection(false);
    return answer;
  }

  /** @throws AwsError */
  async act(action: AdminAction): Promise<void> {
    await this.time?.catchUp();
    act(this.account, action);
    this.entries.push({ kind: 'act', at: this.account.clock.now(), action });
  }

  /** Lets so much time pass at once, beyond what passes by itself. Returns the time then. */
  async step(seconds: number): Promise<number> {
    await this.time?.catchUp();
    const { clock } = this.account;
    await clock.run(clock.now() + seconds, new AbortController().signal);
    this.restartTime();
    return clock.now();
  }

  async catchUp(): Promise<void> {
    await this.time?.catchUp();
  }

  /** As it was at its start. */
  reset(): void {
    this.subnets = new RememberedSubnets(this.options.subnets);
    this.replaceAccount(this.newAccount(this.options), []);
    this.faults = new Faults(this.options.seed);
  }

  async save(): Promise<Journal> {
    await this.time?.catchUp();
    const { seed, start, steady } = this.options;
    const now = this.account.clock.now();
    const subnets = this.subnets.toJSON();
    return { version: 1, seed, start, now, steady, subnets, entries: [...this.entries] };
  }

  /** Does again all that a saved cloud was told. Its seed and start take the place of this one's. */
  async load({ seed, start, now, steady, subnets, entries }: Journal): Promise<void> {
    this.subnets = new RememberedSubnets(this.options.subnets, subnets);
    const account = this.newAccount({ seed, start, steady });
    const service = new AccountService(account);
    const { signal } = new AbortController();
    for (const entry of entries) {
      await account.clock.run(entry.at, signal);
      if (entry.kind === 'act') act(account, entry.action);
      else await service.serve(entry.call).catch(onlyRefusals);
    }
    await account.clock.run(now, signal);
    Object.assign(this.options, { seed, start, steady });
    this.replaceAccount(account, [...entries]);
  }

  newRequestId(): string {
    this.requests++;
    return `00000000-0000-4000-9000-${this.requests.toString(16).padStart(12, '0')}`;
  }

  end(): void {
    this.time?.end();
  }

  private newAccount({ seed, start, steady }: Pick<CloudOptions, 'seed' | 'start' | 'steady'>) {
    const parameters = steady ? steadyParameters : defaultParameters;
    return new CloudAccount({ seed, start, parameters, subnets: this.subnets });
  }

  private replaceAccount(account: CloudAccount, entries: JournalEntry[]): void {
    this.account = account;
    this.service = new AccountService(account);
    this.entries = entries;
    this.watch();
    this.restartTime();
  }

  private watch(): void {
    const { onEvent } = this.options;
    if (onEvent !== undefined) watchEvents(this.account, onEvent);
  }

  private restartTime(): void {
    this.time?.end();
    this.time = this.pace();
  }

  private pace(): RealTime | null {
    const { speed } = this.options;
    return speed === null ? null : new RealTime(this.account.clock, speed);
  }
}

/** What was refused then is refused again. */
function onlyRefusals(error: unknown): void {
  if (!(error instanceof AwsError || error instanceof CloudError)) throw error;
}
