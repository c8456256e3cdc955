import { z } from 'zod';
import type { TaskListDeclaration } from '../../../pool/queues/task-list.ts';
import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import { startOf } from '../read-body.ts';
import { type QueueSource, SourceError } from '../source.ts';
import { parseJson } from '../source-http.ts';

/** One pending task, as the list gives it; other fields are not looked at. */
interface ListedTask {
  readonly provisionerId: string;
  readonly workerType: string;
  /** When it was made, where the task says so in `created` (ISO 8601). */
  readonly createdAt: UnixSeconds | null;
}

const taskList = z.array(
  z
    .looseObject({
      provisionerId: z.string(),
      workerType: z.string(),
      created: z.iso.datetime({ offset: true }).optional().catch(undefined),
    })
    .transform(
      ({ provisionerId, workerType, created }): ListedTask => ({
        provisionerId,
        workerType,
        createdAt: created === undefined ? null : Date.parse(created) / 1000,
      }),
    ),
);

/**
 * Pending tasks listed as JSON, whichever pool they are for; one fetch serves an endpoint. The list
 * tells of pending tasks only, so `claimed` is not told; workers' heartbeats tell.
 */
export const taskListSource: QueueSource<TaskListDeclaration> = {
  groupKey: urlOf,
  describe: urlOf,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ http, clock }, first) => ({
    async read(declarations, answer, signal) {
      const url = urlOf(first);
      const { value: text } = await http.text({ url }, signal);
      const tasks = parseTasks(text, url);
      for (const [key, { provisionerId, workerType }] of declarations) {
        const ours = tasks.filter(
          (task) => task.provisionerId === provisionerId && task.workerType === workerType,
        );
        const oldestPendingAge = oldestAge(ours, clock.now());
        answer(key, { pending: ours.length, claimed: null, oldestPendingAge });
      }
    },
  }),
};

/** `http://HOST:PORT/VERSION/jobs?state=PENDING` */
function urlOf({ host, port, version }: TaskListDeclaration): string {
  return `http://${host}:${port}/${version}/jobs?state=PENDING`;
}

/** @throws SourceError on anything but a JSON list of task objects; it is never zero tasks. */
function parseTasks(text: string, url: string): readonly ListedTask[] {
  const json = parseJson(text, url, 'a JSON list of tasks');
  if (!Array.isArray(json)) {
    const message = `${url}: expected a JSON list of tasks, got JSON that begins ${startOf(text)}`;
    throw new SourceError('unreadable', message);
  }
  const parsed = taskList.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new SourceError(
    'unreadable',
    `${url}: task ${issue?.path.join('.')} of the list: ${issue?.message}; every task must be an ` +
      'object with the texts provisionerId and workerType',
  );
}

/** By the tasks' own word; null: one of them does not say, and it may be the oldest. */
function oldestAge(tasks: readonly ListedTask[], now: UnixSeconds): Seconds | null {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { createdAt } of tasks) {
    if (createdAt === null) return null;
    oldest = Math.min(oldest, createdAt);
  }
  return tasks.length === 0 ? null : Math.max(0, now - oldest);
}
