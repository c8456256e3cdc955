import type { FastifyInstance } from 'fastify';
import type { Cloud } from './cloud.ts';
import { summary } from './summary.ts';

const refreshSeconds = 2;

/** A page for a person at `/`: the groups, their instances and what they did last. */
export function addPage(server: FastifyInstance, cloud: Cloud): void {
  server.get('/', async (_request, reply) => {
    await cloud.catchUp();
    return reply.type('text/html; charset=utf-8').send(page(summary(cloud.account)));
  });
}

type Summary = ReturnType<typeof summary>;
type Region = Summary['regions'][number];

function page({ now, regions }: Summary): string {
  const body =
    regions.map(regionPart).join('') || '<p>Nothing has been asked of this cloud yet.</p>';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>muster cloud</title>
<meta http-equiv="refresh" content="${refreshSeconds}">
<style>
:root { color-scheme: light dark; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem; }
table { border-collapse: collapse; margin: 0.3rem 0 1.2rem; }
th, td { text-align: left; padding: 0.15rem 0.8rem 0.15rem 0; border-bottom: 1px solid #8884; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
</style></head>
<body><h1>muster cloud</h1><p>It is ${time(now)} here.</p>${body}</body></html>
`;
}

function regionPart({ region, groups, instances }: Region): string {
  const live = instances.filter(({ endedAt }) => endedAt === null);
  const cost = live.reduce((sum, { usdPerHour }) => sum + usdPerHour, 0);
  const activities = groups
    .flatMap(({ name, activities: all }) => all.map((activity) => ({ name, ...activity })))
    .sort((one, other) => other.startedAt - one.startedAt)
    .slice(0, 20);
  return `<h2>${text(region)}</h2>
<p>${live.length} instances run, for ${cost.toFixed(4)} USD an hour.</p>
${table(
  ['group', 'market', 'min', 'desired', 'max', 'instances'],
  groups.map(({ name, market, min, desiredCapacity, max }) => [
    name,
    market,
    min,
    desiredCapacity,
    max,
    live.filter(({ group }) => group === name).length,
  ]),
)}
${table(
  ['instance', 'group', 'type', 'zone', 'market', 'state', 'in its group', 'since', 'USD an hour'],
  instances
    .toReversed()
    .slice(0, 200)
    .map((each) => [
      each.instanceId,
      each.group,
      each.instanceType,
      each.zone,
      each.market,
      each.noticedAt !== null && each.endedAt === null ? `${each.state}, interrupted` : each.state,
      each.lifecycleState,
      time(each.launchedAt),
      each.usdPerHour,
    ]),
)}
${table(
  ['activity', 'group', 'status', 'instance', 'zone', 'began', 'why not'],
  activities.map((each) => [
    each.kind,
    each.name,
    each.status,
    each.instanceId ?? '',
    each.zone,
    time(each.startedAt),
    each.statusMessage ?? '',
  ]),
)}`;
}

function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  if (rows.length === 0) return '';
  const head = heads.map((each) => `<th>${text(each)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

function cell(value: string | number): string {
  return typeof value === 'number' ? `<td class="number">${value}</td>` : `<td>${text(value)}</td>`;
}

function time(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

function text(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
