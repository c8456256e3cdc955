import type { FastifyInstance } from 'fastify';
import type { Cloud } from './cloud.ts';
import { summary } from './summary.ts';

const refreshSeconds = 2;
/** Rows of a table at most: the rest is counted, and is in the JSON. */
const mostRows = 100;

/** `/`: the groups, their instances, what they did last, and the market; as JSON for who asks for that. */
export function addPage(server: FastifyInstance, cloud: Cloud): void {
  server.get('/', async (request, reply) => {
    await cloud.catchUp();
    const now = summary(cloud.account);
    const { accept = '' } = request.headers;
    if (accept.includes('json') && !accept.includes('html')) return reply.send(now);
    return reply.type('text/html; charset=utf-8').send(page(now, cloud.options.speed));
  });
}

type Summary = ReturnType<typeof summary>;
type Region = Summary['regions'][number];

function page({ now, regions }: Summary, speed: number | null): string {
  const pace =
    speed === null
      ? 'Time stands still unless it is stepped.'
      : speed === 1
        ? ''
        : `${speed} seconds pass in one.`;
  const body =
    regions.map((region) => regionPart(region, now)).join('') ||
    '<p>Nothing has been asked of this cloud yet. Point AWS_ENDPOINT_URL at it.</p>';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>muster cloud</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="${refreshSeconds}">
<style>
:root { color-scheme: light dark; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem; }
h1 { font-size: 1.3rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 0; }
h3 { font-size: 1rem; margin: 1.1rem 0 0; }
table { border-collapse: collapse; margin: 0.2rem 0 0; }
th, td { text-align: left; padding: 0.15rem 1rem 0.15rem 0; border-bottom: 1px solid #8884; white-space: nowrap; vertical-align: top; }
th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.wide { white-space: normal; min-width: 20rem; }
.bad { color: #c0392b; }
.quiet { opacity: 0.6; }
.scroll { overflow-x: auto; }
@media (prefers-color-scheme: dark) { .bad { color: #ff8f7f; } }
</style></head>
<body><h1>muster cloud</h1><p>It is ${time(now)} UTC here. ${pace}</p>${body}</body></html>
`;
}

function regionPart({ region, groups, instances, market, quotas }: Region, now: number): string {
  const live = instances.filter(({ endedAt }) => endedAt === null);
  const cost = live.reduce((sum, { usdPerHour }) => sum + usdPerHour, 0);
  const activities = groups
    .flatMap(({ name, activities: all }) => all.map((activity) => ({ name, ...activity })))
    .sort((one, other) => other.startedAt - one.startedAt);
  const limits = quotas.flatMap(({ market: name, virtualCpus, usedVirtualCpus }) =>
    virtualCpus === null ? [] : [` ${usedVirtualCpus} of ${virtualCpus} ${name} vCPUs are used.`],
  );
  const running = live.length === 1 ? '1 instance runs' : `${live.length} instances run`;
  return `<h2>${text(region)}</h2>
<p>${running}, for ${cost.toFixed(4)} USD an hour.${limits.join('')}</p>
${table(
  'Groups',
  ['group', 'market', 'min', 'desired', 'max', 'weight', 'instances', 'overrides'],
  groups.map(({ name, market: of, min, desiredCapacity, max, overrides }) => {
    const members = live.filter(({ group }) => group === name);
    const weight = members.reduce((sum, each) => sum + each.weight, 0);
    const types = overrides.map(({ instanceType, weight: each }) => `${instanceType} (${each})`);
    return [name, of, min, desiredCapacity, max, weight, members.length, wide(types.join(', '))];
  }),
)}
${table(
  'Instances',
  [
    'instance',
    'group',
    'type',
    'zone',
    'market',
    'EC2 state',
    'in its group',
    'launched',
    'USD an hour',
  ],
  instances
    .toReversed()
    .map((each) => [
      each.endedAt === null ? each.instanceId : quiet(each.instanceId),
      each.group,
      each.instanceType,
      each.zone,
      each.market,
      each.noticedAt !== null && each.endedAt === null
        ? bad(`${each.state}, interrupted`)
        : each.state,
      each.isHealthy ? each.lifecycleState : bad(`${each.lifecycleState}, unhealthy`),
      ago(each.launchedAt, now),
      number(each.endedAt === null ? each.usdPerHour.toFixed(4) : ''),
    ]),
)}
${table(
  'Activities',
  ['activity', 'group', 'status', 'instance', 'zone', 'began', 'why not'],
  activities.map((each) => [
    each.kind,
    each.name,
    each.status === 'Failed' || each.status === 'Cancelled' ? bad(each.status) : each.status,
    each.instanceId ?? '',
    each.zone,
    ago(each.startedAt, now),
    wide(each.statusMessage ?? ''),
  ]),
)}
${table(
  'Market',
  ['type', 'zone', 'market', 'USD an hour', 'capacity', 'running'],
  market.map((each) => [
    each.instanceType,
    each.zone,
    each.market,
    number(each.usdPerHour.toFixed(4)),
    each.available ? 'available' : bad('none'),
    each.running,
  ]),
)}`;
}

/** A cell that is not plain text: its class, and what is in it. */
interface Cell {
  readonly kind: 'number' | 'wide' | 'bad' | 'quiet';
  readonly value: string;
}

const cellOf =
  (kind: Cell['kind']) =>
  (value: string): Cell => ({ kind, value });
const number = cellOf('number');
const wide = cellOf('wide');
const bad = cellOf('bad');
const quiet = cellOf('quiet');

function table(
  title: string,
  heads: readonly string[],
  rows: readonly (readonly (string | number | Cell)[])[],
): string {
  const [first] = rows;
  if (first === undefined) return '';
  const shown = rows.slice(0, mostRows);
  const rest = rows.length > mostRows ? `, the first ${mostRows} of them` : '';
  // A head stands over its column as the column's cells do.
  const head = heads
    .map((each, index) => `<th${classOf(first[index]!)}>${text(each)}</th>`)
    .join('');
  const body = shown.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<h3>${title} <span class="quiet">${rows.length}${rest}</span></h3>
<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function classOf(value: string | number | Cell): string {
  const isNumber =
    typeof value === 'number' || (typeof value === 'object' && value.kind === 'number');
  return isNumber ? ' class="number"' : '';
}

function cell(value: string | number | Cell): string {
  if (typeof value === 'number') return `<td class="number">${value}</td>`;
  if (typeof value === 'string') return `<td>${text(value)}</td>`;
  return `<td class="${value.kind}">${text(value.value)}</td>`;
}

function time(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** How long ago, in the largest unit that says it to a tenth or so. */
function ago(at: number, now: number): string {
  const seconds = Math.max(0, Math.round(now - at));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

function text(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
