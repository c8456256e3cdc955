import { z } from 'zod';
import { endpointKey } from '../../../pool/queues/http.ts';
import type { JenkinsDeclaration } from '../../../pool/queues/jenkins.ts';
import type { UnixSeconds } from '../../../pool/units.ts';
import type { ReportedWorker } from '../../ports.ts';
import { type QueueSource, SourceError, type SourceReading } from '../source.ts';

const queueSchema = z.object({
  items: z.array(
    z.object({
      buildable: z.boolean(),
      inQueueSince: z.number(),
      why: z.string().nullish(),
      task: z.object({ labelExpression: z.string().nullish() }).nullish(),
    }),
  ),
});
const computersSchema = z.object({
  computer: z.array(
    z.object({
      displayName: z.string(),
      offline: z.boolean(),
      numExecutors: z.int(),
      assignedLabels: z.array(z.object({ name: z.string().nullish() })),
      executors: z.array(z.object({ idle: z.boolean() })),
    }),
  ),
});
type Item = z.output<typeof queueSchema>['items'][number];
type Computer = z.output<typeof computersSchema>['computer'][number];

const queuePath = '/queue/api/json?tree=items[buildable,inQueueSince,why,task[labelExpression]]';
const computerPath =
  '/computer/api/json?tree=computer[displayName,offline,numExecutors,' +
  'assignedLabels[name],executors[idle]]';

/**
 * What an item that could run waits for, of the messages of Jenkins (`hudson/model/Messages.properties`,
 * `Queue.*`), in which a label stands in quotes. Freestyle jobs tell their label expression themselves;
 * of a part of a pipeline only this text does.
 */
const whyPatterns = [
  /^Waiting for next available executor on [‘']?(.+?)[’']?$/,
  /^All nodes of label [‘']?(.+?)[’']? are offline$/,
  /^There are no nodes with the label [‘']?(.+?)[’']?$/,
  /^[‘']?([^‘’']+)[’']? is offline$/,
];
const anyExecutor = /^Waiting for next available executor$/;

/** What a build asks for; `any`: nothing; null: what it waits for does not say. */
type Asked = { readonly kind: 'label'; readonly label: string } | { readonly kind: 'any' } | null;

/**
 * A Jenkins controller by its Remote Access API (jenkins.io/doc/book/using/remote-access-api): the
 * queue and the nodes with their executors, in two requests for all pools. Builds that are blocked, or
 * in their quiet period, do not wait for an executor and do not count.
 */
export const jenkinsSource: QueueSource<JenkinsDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ http, clock, report }, { endpoint }) => ({
    async read(declarations, answer, signal) {
      const ask = async <Schema extends z.ZodType>(path: string, schema: Schema) => {
        const url = `${endpoint.url}${path}`;
        const request = { url, endpoint, headers: { 'accept-language': 'en' } };
        return (await http.json(request, schema, signal)).value;
      };
      const { items } = await ask(queuePath, queueSchema);
      const { computer: computers } = await ask(computerPath, computersSchema);
      const waiting = items
        .filter(({ buildable }) => buildable)
        .map((item) => ({ since: item.inQueueSince / 1000, asked: askedBy(item), why: item.why }));
      const unread = waiting.filter(({ asked }) => asked === null);
      if (unread.length > 0) {
        const reasons = JSON.stringify(unread[0]?.why ?? 'nothing').slice(0, 100);
        const message =
          `${endpoint.url}: ${unread.length} of ${waiting.length} builds do not tell their label; ` +
          `the first waits for ${reasons}`;
        if (unread.length === waiting.length) throw new SourceError('unreadable', message);
        report('labels of builds', new Error(message));
      }
      for (const [key, declaration] of declarations) {
        answer(key, readingOf(declaration, waiting, computers, clock.now()));
      }
    },
  }),
};

function askedBy({ why, task }: Item): Asked {
  const expression = task?.labelExpression;
  if (expression) return { kind: 'label', label: expression };
  const text = why?.trim() ?? '';
  if (anyExecutor.test(text)) return { kind: 'any' };
  for (const pattern of whyPatterns) {
    const label = pattern.exec(text)?.[1];
    if (label !== undefined) return { kind: 'label', label };
  }
  return null;
}

function readingOf(
  { label, expressions, unlabelled }: JenkinsDeclaration,
  waiting: readonly { readonly since: UnixSeconds; readonly asked: Asked }[],
  computers: readonly Computer[],
  now: UnixSeconds,
): SourceReading {
  const nodes = computers.filter(({ assignedLabels }) =>
    assignedLabels.some(({ name }) => name === label),
  );
  const served = new Set(expressions.map(withoutSpaces));
  // A build that must run where it ran before waits for a node by name.
  const names = new Set(nodes.map(({ displayName }) => withoutSpaces(displayName)));
  const mine = waiting.filter(({ asked }) => {
    if (asked === null) return false;
    if (asked.kind === 'any') return unlabelled;
    const wanted = withoutSpaces(asked.label);
    return served.has(wanted) || names.has(wanted);
  });
  // One that is taken offline finishes what it runs.
  const there = nodes.filter((node) => !node.offline || busyExecutors(node) > 0);
  const oldest = Math.min(...mine.map(({ since }) => since));
  return {
    pending: mine.length,
    claimed: nodes.reduce((sum, node) => sum + busyExecutors(node), 0),
    oldestPendingAge: mine.length === 0 ? null : Math.max(0, now - oldest),
    workers: there.map(toWorker),
  };
}

function toWorker(node: Computer): ReportedWorker {
  return {
    name: node.displayName,
    capacity: node.numExecutors,
    busySlots: busyExecutors(node),
    taking: !node.offline,
  };
}

function busyExecutors({ executors }: Computer): number {
  return executors.filter(({ idle }) => !idle).length;
}

/** Expressions are written with spaces and without. */
function withoutSpaces(expression: string): string {
  return expression.replace(/\s+/g, '');
}
