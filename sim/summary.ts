import type { MarketName } from '../pool/names.ts';
import type { Seconds } from '../pool/units.ts';
import type { InstanceHost } from './instance-host.ts';
import type { Simulation } from './simulation.ts';
import { ascending, quantile } from './statistics.ts';

/** What really happened in a simulation until now, all pools together. */
export interface SimulationSummary {
  readonly tasks: {
    readonly arrived: number;
    readonly finished: number;
    readonly pending: number;
    readonly claimed: number;
    /** Runs cut short: by EC2, or by the scaler ending a worker that was busy. */
    readonly interrupted: number;
    readonly terminated: number;
  };
  /** From arrival to first start. NaN when no task was started. */
  readonly wait: Quantiles;
  /** From arrival to finish. */
  readonly flowTime: Quantiles;
  /** USD, disks included. */
  readonly spend: Readonly<Record<MarketName, number>>;
  readonly instances: { readonly launched: number; readonly interrupted: number };
  /** Slot-seconds paid for on which no task ran, boots included, as a share of all that were paid for. */
  readonly idleShare: number;
}

export interface Quantiles {
  readonly p50: Seconds;
  readonly p95: Seconds;
  readonly p99: Seconds;
  readonly longest: Seconds;
}

export function summarise({ clock, work, host }: Simulation): SimulationSummary {
  const records = [...work.values()].map(({ record }) => record);
  const sum = (values: readonly number[]) => values.reduce((whole, value) => whole + value, 0);
  const { paid, busy } = slotSeconds(host, clock.now());
  return {
    tasks: {
      arrived: sum(records.map(({ arrived }) => arrived)),
      finished: sum(records.map(({ finished }) => finished)),
      pending: sum([...work.values()].map(({ pendingTasks }) => pendingTasks)),
      claimed: sum([...work.values()].map(({ claimed }) => claimed)),
      interrupted: sum(records.map(({ lost }) => lost.interrupted)),
      terminated: sum(records.map(({ lost }) => lost.terminated)),
    },
    wait: quantiles(records.flatMap(({ waits }) => waits)),
    flowTime: quantiles(records.flatMap(({ flowTimes }) => flowTimes)),
    spend: spendByMarket(host),
    instances: {
      launched: host.instances.length,
      interrupted: host.instances.filter(({ endedBecause }) => endedBecause === 'interrupted')
        .length,
    },
    idleShare: paid > 0 ? 1 - busy / paid : 0,
  };
}

/** USD until now, disks included. */
export function spendByMarket(host: InstanceHost): Record<MarketName, number> {
  const spend = { spot: 0, 'on-demand': 0 };
  for (const instance of host.instances) spend[instance.offering.market] += host.cost(instance);
  return spend;
}

function slotSeconds(host: InstanceHost, now: number): { paid: number; busy: number } {
  let paid = 0;
  let busy = 0;
  for (const { capacity, launchedAt, endedAt, worker } of host.instances) {
    paid += capacity * ((endedAt ?? now) - launchedAt);
    if (worker === null) continue;
    busy += worker.busySlotSeconds;
    for (const { startedAt } of worker.attempts) busy += now - startedAt;
  }
  return { paid, busy };
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = ascending(values);
  return {
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    longest: quantile(sorted, 1),
  };
}
