import { defaultParameters } from '../sim/parameters.ts';
import { CloudAccount } from './account.ts';
import { type AdminAction, act } from './admin-actions.ts';
import { type CloudEvent, watchEvents } from './events.ts';
import { Faults, failed, throttled, usualStaleness } from './faults.ts';
import { type HookNotification, watchHookTargets } from './hook-notifications.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { isRead, type PassOn, passOn } from './operation.ts';
import { RealTime } from './real-time.ts';
import { Replay } from './replay.ts';
import { AccountService, type Call, modelOf } from './service.ts';
import { steadyParameters } from './steady-parameters.ts';
import { RememberedSubnets, type SubnetDirectory } from './subnets.ts';
import { WorkerVoices } from './worker-voices.ts';
import { Workers } from './workers.ts';
import type { WorkloadOrder } from './workload.ts';

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
  /** Hears what goes to the targets of lifecycle hooks. Default: nobody does. */
  readonly onNotification?: (notification: HookNotification) => void;
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
  workers: Workers;
  private voices: WorkerVoices;
  private service: AccountService;
  private subnets: RememberedSubnets;
  private time: RealTime | null;
  private entries: JournalEntry[] = [];
  /** Accounts that are as this one was, by how many seconds ago. */
  private readonly followers = new Map<number, Replay>();
  private following: Promise<void> | null = null;
  private requests = 0;

  constructor(options: CloudOptions) {
    this.options = options;
    this.subnets = new RememberedSubnets(options.subnets);
    this.account = this.newAccount(options);
    this.service = new AccountService(this.account);
    this.workers = new Workers(this.account);
    this.voices = this.newVoices();
    this.faults = new Faults(options.seed);
    this.time = this.pace();
    this.watch();
  }

  /** @throws AwsError, CloudError or BrokenConnection */
  async serve(call: Call): Promise<object | PassOn> {
    await this.time?.catchUp();
    const rule = this.faults.strike(call);
    const fault = rule?.kind;
    switch (fault) {
      case 'throttle':
        throw throttled(modelOf(call.service));
      case 'error':
      case 'unavailable':
        throw failed(modelOf(call.service), fault);
      case 'stale':
        return this.serveStale(call, rule?.seconds ?? usualStaleness);
      case 'reset':
      case 'timeout':
        throw new BrokenConnection(fault === 'timeout');
    }
    const { service, account } = this;
    if (!service.admit(call)) throw throttled(modelOf(call.service));
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

  /** EC2 is to find the value of an SSM parameter that was just written to the service of parameters. */
  async writeParameter(region: string, name: string, value: string): Promise<void> {
    await this.time?.catchUp();
    this.account.writeParameter(region, name, value);
    this.entries.push({ kind: 'parameter', at: this.account.clock.now(), region, name, value });
  }

  async addWorkload(order: WorkloadOrder): Promise<void> {
    await this.time?.catchUp();
    this.workers.add(order);
    this.entries.push({ kind: 'workload', at: this.account.clock.now(), order });
  }

  /** Lets so much time pass at once, beyond what passes by itself. Returns the time then. */
  async step(seconds: number): Promise<number> {
    await this.time?.catchUp();
    await this.voices.speak();
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
    const replay = new Replay(this.newAccount({ seed, start, steady }));
    await replay.run(entries, now);
    Object.assign(this.options, { seed, start, steady });
    this.replaceAccount(replay.account, [...entries], replay.workers);
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

  private replaceAccount(
    account: CloudAccount,
    entries: JournalEntry[],
    workers = new Workers(account),
  ): void {
    this.account = account;
    this.workers = workers;
    this.voices = this.newVoices();
    this.service = new AccountService(account);
    this.entries = entries;
    this.followers.clear();
    this.watch();
    this.restartTime();
  }

  /** By an account that follows this one at a distance: so it is what the call would have been answered. */
  private async serveStale(call: Call, seconds: number): Promise<object | PassOn> {
    const replay = this.followers.get(seconds) ?? new Replay(this.newAccount(this.options));
    this.followers.set(seconds, replay);
    const { clock, start } = this.account;
    const turn = (this.following ?? Promise.resolve()).then(() =>
      replay.run(this.entries, Math.max(start, clock.now() - seconds)),
    );
    this.following = turn;
    await turn;
    return replay.service.serve(call);
  }

  private newVoices(): WorkerVoices {
    const { account, workers } = this;
    return new WorkerVoices(
      workers,
      () => account.clock.now(),
      (instanceId, drain) => {
        if (account !== this.account) return;
        workers.tell(instanceId, drain);
        this.entries.push({ kind: 'told', at: account.clock.now(), instanceId, drain });
      },
    );
  }

  private watch(): void {
    const { onEvent, onNotification } = this.options;
    if (onEvent !== undefined) watchEvents(this.account, onEvent);
    if (onNotification !== undefined) watchHookTargets(this.account, onNotification);
  }

  private restartTime(): void {
    this.time?.end();
    this.time = this.pace();
  }

  private pace(): RealTime | null {
    const { speed } = this.options;
    if (speed === null) return null;
    return new RealTime(this.account.clock, speed, () => void this.voices.speak());
  }
}
