import type { FleetMetric, PoolMetric } from '../pool/metric-names.ts';
import { metricNamespace } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';

interface Chart {
  readonly title: string;
  readonly metrics: readonly (PoolMetric | FleetMetric)[];
  readonly statistic: 'Maximum' | 'Sum' | 'Average';
  readonly of: 'pools' | 'fleet';
}

const charts: readonly Chart[] = [
  { title: 'Pending tasks', metrics: ['PendingTasks'], statistic: 'Maximum', of: 'pools' },
  {
    title: 'Age of the oldest pending task, seconds',
    metrics: ['OldestPendingAge'],
    statistic: 'Maximum',
    of: 'pools',
  },
  {
    title: 'Slots: busy and idle',
    metrics: ['BusySlots', 'IdleSlots'],
    statistic: 'Average',
    of: 'pools',
  },
  {
    title: 'Slots: requested and booting',
    metrics: ['RequestedSlots', 'BootingSlots'],
    statistic: 'Average',
    of: 'pools',
  },
  { title: 'Target, slots', metrics: ['TargetSlots'], statistic: 'Maximum', of: 'pools' },
  { title: 'Failed boots', metrics: ['FailedBoots'], statistic: 'Maximum', of: 'pools' },
  { title: 'Spend, USD per hour', metrics: ['SpendPerHour'], statistic: 'Average', of: 'pools' },
  {
    title: 'Spent of the budget of a pool, percent',
    metrics: ['BudgetSpent'],
    statistic: 'Maximum',
    of: 'pools',
  },
  {
    title: 'Decisions and failures',
    metrics: ['Decisions', 'Failures'],
    statistic: 'Sum',
    of: 'fleet',
  },
  {
    title: 'Longest iteration, seconds',
    metrics: ['IterationDuration'],
    statistic: 'Maximum',
    of: 'fleet',
  },
  {
    title: 'Spent of the budget of the fleet, percent',
    metrics: ['BudgetSpent'],
    statistic: 'Maximum',
    of: 'fleet',
  },
];

/** A dashboard is 24 units wide. */
const width = 8;
const height = 6;
const perRow = 24 / width;
const period = 60;

/**
 * The body of the fleet's dashboard. Charts of pools search for them, so that a pool more or less
 * changes nothing in it; a search shows at most 500 series.
 *
 * Source: Dashboard body structure and syntax, CloudWatch API reference.
 */
export function dashboardBody(fleet: Fleet, region: string) {
  const [ofFleet, ofPools] = [charts.filter(isOf('fleet')), charts.filter(isOf('pools'))];
  return {
    widgets: [...ofPools, ...ofFleet].map((chart, index) => ({
      type: 'metric',
      x: (index % perRow) * width,
      y: Math.floor(index / perRow) * height,
      width,
      height,
      properties: {
        title: chart.title,
        region,
        view: 'timeSeries',
        period,
        stat: chart.statistic,
        metrics: chart.metrics.map((name, place) => seriesOf(fleet, chart, name, place)),
      },
    })),
  };
}

const isOf = (whose: Chart['of']) => (chart: Chart) => chart.of === whose;

function seriesOf(fleet: Fleet, { of, statistic }: Chart, name: string, place: number) {
  if (of === 'fleet') return [metricNamespace, name, 'Fleet', fleet.name];
  const schema = `{${metricNamespace},Fleet,Pool}`;
  const terms = `Fleet="${fleet.name}" MetricName="${name}"`;
  const expression = `SEARCH('${schema} ${terms}', '${statistic}', ${period})`;
  return [{ expression, id: `e${place + 1}`, label: `${name} ` }];
}
