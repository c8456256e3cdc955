import type { UnixSeconds } from '../../pool/units.ts';
import type { Comparison } from '../compare/result.ts';
import { defaultParameters, type SimulationParameters } from '../parameters.ts';
import { type Html, html } from './html.ts';
import { duration, minute, span, usd } from './quantities.ts';
import { dataTable } from './table.ts';

/** What a report tells beside the comparison itself. */
export interface Assumptions {
  /**
   * When the first task really arrived, if that is not the comparison's start: then load of one date
   * met prices of another, and the report says so.
   */
  readonly tasksFrom?: UnixSeconds;
}

/** A parameter that is not what it is by default. */
export interface ChangedParameter {
  readonly path: string;
  readonly value: string;
  readonly default: string;
}

export function changedParameters(
  parameters: SimulationParameters,
  defaults: SimulationParameters = defaultParameters,
): readonly ChangedParameter[] {
  const used = leaves(parameters);
  const usual = leaves(defaults);
  return [...new Set([...used.keys(), ...usual.keys()])]
    .map((path) => ({
      path,
      value: used.get(path) ?? 'none',
      default: usual.get(path) ?? 'none',
    }))
    .filter((parameter) => parameter.value !== parameter.default);
}

/** Values by their path, such as `boot.readyMedian`. */
function leaves(value: unknown, path = ''): Map<string, string> {
  if (value === null || typeof value !== 'object') return new Map([[path, JSON.stringify(value)]]);
  if (Array.isArray(value))
    return new Map([[path, value.map((one) => JSON.stringify(one)).join(', ')]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...leaves(inner, path === '' ? key : `${path}.${key}`),
    ]),
  );
}

export function assumptionsSection(comparison: Comparison, { tasksFrom }: Assumptions): Html {
  const { tasks, prices, seed, start, duration: length, wait, lowerBound, parameters } = comparison;
  const shifted = tasksFrom !== undefined && tasksFrom !== start;
  const changed = changedParameters(parameters);
  const facts: readonly (readonly [string, string])[] = [
    ['Tasks', tasks],
    ['Durations', `as on one slot of ${comparison.measuredOn}`],
    ['Prices', prices],
    ['Time', `${minute(start)} UTC, ${span(length)} of arrivals`],
    ['Wait target', duration(wait)],
    ['Seed', String(seed)],
    [
      'Least possible cost',
      lowerBound === null
        ? 'not worked out'
        : `USD ${usd(lowerBound)}: the work alone, at the lowest prices within reach. No policy that starts every task within the target pays less; boots, idle slots and interruptions come on top. What EC2 gives back for early interruptions counts as paid in the ratio to it`,
    ],
  ];
  return html`<dl>${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${
  shifted
    ? html`<p class="warning">Load of one date on prices of another is a counterfactual: the tasks arrived from ${minute(tasksFrom)} on, and meet the prices from ${minute(start)} on (UTC).</p>`
    : null
}
<p>Every policy met the same tasks, the same prices and the same simulated cloud: boots that take time and sometimes fail, spot interruptions, missing capacity, groups that act with a delay. The same seed gives the same result. Money counts instances by the second and their disks, not data transfer, taxes or discounts.</p>
${
  changed.length === 0
    ? html`<p>Every parameter of the simulated cloud has its default.</p>`
    : dataTable({
        caption: 'Parameters of the simulated cloud that are not as by default',
        columns: [
          { heading: 'parameter', cell: ({ path }) => html`<code>${path}</code>` },
          { heading: 'value', cell: ({ value }) => value },
          { heading: 'default', cell: (parameter) => parameter.default },
        ],
        rows: changed,
      })
}`;
}
