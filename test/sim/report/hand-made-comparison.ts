/**
 * A comparison made by hand: no simulation gave these figures. They are chosen so that what a report
 * must say of them can be worked out on paper.
 */
import type { Comparison, PolicyResult, TimelinePoint } from '../../../sim/compare/result.ts';
import { defaultParameters } from '../../../sim/parameters.ts';

/** Monday, 6 March 2023, 00:00 UTC. */
export const start = Date.UTC(2023, 2, 6) / 1000;
const hour = 3600;

/** USD 100 is the least possible, and 120 s the target. */
export const handMade: Comparison = {
  fleet: 'ci',
  pool: 'linux',
  seed: 7,
  start,
  duration: 6 * hour,
  wait: 120,
  tasks: '1,000 tasks made by hand',
  prices: 'prices made by hand',
  measuredOn: 'c6i.2xlarge',
  lowerBound: 100,
  results: [
    result('muster', {
      usd: 117,
      p95: 85,
      interruptions: 3,
      reasons: { demand: 2160, steady: 1800, 'scale-out': 40 },
    }),
    result('static', { usd: 640, p95: 0, interruptions: 9 }),
    result('keda', { usd: 150, p95: 110, interruptions: 0 }),
    result('target-tracking', { usd: 180, p95: 400, interruptions: 1 }),
    result('buildkite-agent-scaler', { usd: 152, p95: 118, interruptions: 2 }),
    result('taskcluster-worker-manager', { usd: 151, p95: 112, interruptions: 2 }),
  ],
  priceSeries: [
    {
      instanceType: 'c6i.2xlarge',
      market: 'spot',
      points: [
        { at: start, price: 0.15 },
        { at: start + 2 * hour, price: 0.17 },
      ],
    },
    {
      instanceType: 'm6a.4xlarge',
      market: 'on-demand',
      points: [{ at: start, price: 0.6912 }],
    },
  ],
  parameters: defaultParameters,
};

export interface Figures {
  readonly usd?: number;
  readonly p95?: number;
  readonly interruptions?: number;
  readonly unfinished?: number;
  readonly reasons?: Readonly<Record<string, number>>;
  readonly timeline?: readonly TimelinePoint[];
}

/** A policy's result, of 1,000 tasks, against the least possible of USD 100. */
export function result(
  policy: string,
  { usd = 120, p95 = 100, interruptions = 0, unfinished = 0, reasons = {}, timeline }: Figures = {},
): PolicyResult {
  const quantiles = { p50: p95 / 4, p95, p99: p95 * 1.5, longest: p95 * 2 };
  return {
    policy,
    usd,
    refunded: 0,
    ratioToBound: usd / 100,
    apiCalls: 4321,
    launchFailures: { 'no-capacity': 2, quota: 1 },
    reasons,
    timeline: timeline ?? sixHours(interruptions),
    usage: [
      {
        instanceType: 'c6i.2xlarge',
        market: 'spot',
        instances: 40,
        slotHours: 800,
        usd: usd * 0.75,
      },
      {
        instanceType: 'm6a.4xlarge',
        market: 'on-demand',
        instances: 3,
        slotHours: 100,
        usd: usd * 0.25,
      },
    ],
    summary: {
      tasks: {
        arrived: 1000,
        finished: 1000 - unfinished,
        pending: unfinished,
        claimed: 0,
        interrupted: interruptions,
        terminated: 0,
      },
      wait: quantiles,
      flowTime: { p50: 300, p95: 2000, p99: 3000, longest: 4000 },
      spend: { spot: usd * 0.75, 'on-demand': usd * 0.25 },
      instances: { launched: 43, interrupted: interruptions },
      idleShare: 0.25,
    },
  };
}

/** A point a minute for six hours: a fleet that comes and goes each hour. */
function sixHours(interruptions: number): TimelinePoint[] {
  return Array.from({ length: 361 }, (_, index) => {
    const busy = 30 - Math.abs(30 - (index % 60));
    return {
      at: start + index * 60,
      pending: index % 60 < 5 ? 10 : 0,
      busy,
      free: 4,
      booting: index % 60 < 5 ? 6 : 0,
      interruptions: Math.floor((interruptions * index) / 360),
    };
  });
}
