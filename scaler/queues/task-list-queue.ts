import ky, { HTTPError } from 'ky';
import { z } from 'zod';
import type { QueueDeclaration } from '../../pool/pool.ts';
import type { UnixSeconds } from '../../pool/units.ts';
import { taskListBackoffMilliseconds, taskListBytes, taskListRetries } from './limits.ts';

export type TaskListDeclaration = Extract<QueueDeclaration, { kind: 'http' }>;

/** One pending task, as the list gives it; other fields are not looked at. */
export interface ListedTask {
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

/** `http://HOST:PORT/VERSION/jobs?state=PENDING` */
export function taskListUrl({ host, port, version }: TaskListDeclaration): string {
  return `http://${host}:${port}/${version}/jobs?state=PENDING`;
}

/**
 * All pending tasks of an endpoint, whichever pool they are for.
 *
 * Retries network errors and statuses 408, 413, 429 and 500 to 504 twice with jitter. A redirect is
 * not followed: the address is declared, and a login page is not a queue.
 *
 * @throws Error on anything but a JSON list of task objects; such an answer is never zero tasks.
 */
export async function fetchTaskList(url: string, signal: AbortSignal): Promise<ListedTask[]> {
  const response = await request(url, signal);
  const text = await readText(response, url);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${url}: expected a JSON list of tasks, got text that begins ${start(text)}`);
  }
  if (!Array.isArray(json)) {
    throw new Error(`${url}: expected a JSON list of tasks, got JSON that begins ${start(text)}`);
  }
  const parsed = taskList.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(
    `${url}: task ${issue?.path.join('.')} of the list: ${issue?.message}; every task must be an ` +
      'object with the texts provisionerId and workerType',
  );
}

async function request(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await ky.get(url, {
      signal,
      // The signal is the limit, for the body too; ky's own covers the headers only.
      timeout: false,
      redirect: 'manual',
      headers: { accept: 'application/json' },
      retry: { limit: taskListRetries, backoffLimit: taskListBackoffMilliseconds, jitter: true },
    });
  } catch (error) {
    if (!(error instanceof HTTPError))
      throw new Error(`${url}: ${causeOf(error)}`, { cause: error });
    const { status, headers } = error.response;
    const location = headers.get('location');
    await error.response.body?.cancel();
    const where = location === null ? '' : ` to ${location}; declare the address it should be`;
    throw new Error(`${url}: expected status 200, got ${status}${where}`, { cause: error });
  }
}

/** The body as text, given up as soon as it is too large. */
async function readText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > taskListBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new Error(`${url}: the answer broke off: ${causeOf(error)}`, { cause: error });
  }
  if (bytes > taskListBytes) {
    throw new Error(`${url}: the answer is larger than ${taskListBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch failed` says little; its cause has the system's code. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}

function start(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
