import * as hawk from 'hawk';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { TaskclusterDeclaration } from '../../../pool/queues/taskcluster.ts';
import { requestsAtOnce, taskclusterZeroHold } from '../limits.ts';
import {
  type QueueSource,
  type SourceContext,
  SourceError,
  type SourceReading,
} from '../source.ts';

/** `task-queue-counts-response` and `pending-tasks-response` of the queue service's schemas. */
const countsSchema = z.object({ pendingTasks: z.number(), claimedTasks: z.number() });
const pendingSchema = z.object({ pendingTasks: z.number() });

/**
 * Taskcluster's queue service: `taskQueueCounts`, which takes the scopes `queue:pending-count:QUEUE` and
 * `queue:claimed-count:QUEUE`, or the older `pendingTasks` (docs.taskcluster.net, "Queue Service"). It
 * has one call for each queue. Requests are signed by Hawk, as its own clients do.
 */
export const taskclusterSource: QueueSource<TaskclusterDeclaration> = {
  groupKey: ({ url, credentials }) => JSON.stringify([url, credentials]),
  describe: ({ url }) => url,
  minimumInterval: 0,
  zeroHold: taskclusterZeroHold,
  open: (context) => {
    const inLine = pLimit(requestsAtOnce);
    return {
      async read(declarations, answer, signal) {
        const look = async ([key, declaration]: readonly [string, TaskclusterDeclaration]) => {
          try {
            answer(key, await counts(context, declaration, signal));
          } catch (error) {
            // One queue that may not be asked for leaves the others as they are.
            if (!(error instanceof SourceError) || error.kind !== 'unreadable') throw error;
            answer(key, { error: error.message });
          }
        };
        const [one, ...others] = declarations;
        // First by itself: who is refused need not ask for the rest.
        if (one !== undefined) await look(one);
        await Promise.all(others.map((other) => inLine(() => look(other))));
      },
    };
  },
};

async function counts(
  context: SourceContext,
  declaration: TaskclusterDeclaration,
  signal: AbortSignal,
): Promise<SourceReading> {
  const { url, taskQueueId, method } = declaration;
  if (method === 'pending') {
    const { pendingTasks } = await ask(
      context,
      declaration,
      `${url}/pending/${taskQueueId}`,
      pendingSchema,
      signal,
    );
    return { pending: pendingTasks, claimed: null };
  }
  const address = `${url}/task-queues/${encodeURIComponent(taskQueueId)}/counts`;
  const { pendingTasks, claimedTasks } = await ask(
    context,
    declaration,
    address,
    countsSchema,
    signal,
  );
  return { pending: pendingTasks, claimed: claimedTasks };
}

/** Once more when the credentials were refused: they may have been renewed. */
async function ask<Schema extends z.ZodType>(
  { http, secrets }: SourceContext,
  { credentials }: TaskclusterDeclaration,
  url: string,
  schema: Schema,
  signal: AbortSignal,
): Promise<z.output<Schema>> {
  const attempt = async () => {
    const headers: Record<string, string> = {};
    if (credentials !== null) {
      const { clientId, accessToken, certificate } = credentials;
      const key = await secrets.read(accessToken, signal);
      const ext =
        certificate === null
          ? {}
          : { ext: extensionOf(await secrets.read(certificate, signal), url) };
      const signed = { id: clientId, key, algorithm: 'sha256' as const };
      headers.authorization = hawk.client.header(url, 'GET', {
        credentials: signed,
        ...ext,
      }).header;
    }
    return (await http.json({ url, headers }, schema, signal)).value;
  };
  try {
    return await attempt();
  } catch (error) {
    const refused = error instanceof SourceError && error.kind === 'refused';
    if (!refused || credentials === null) throw error;
    secrets.forget(credentials.accessToken);
    if (credentials.certificate !== null) secrets.forget(credentials.certificate);
    return attempt();
  }
}

/** Temporary credentials carry their certificate in the header's `ext`. */
function extensionOf(certificate: string, url: string): string {
  try {
    const parsed: unknown = JSON.parse(certificate);
    return Buffer.from(JSON.stringify({ certificate: parsed })).toString('base64');
  } catch {
    // What stands there may be a secret, so it is not shown.
    throw new SourceError('unavailable', `${url}: the certificate of the credentials is no JSON`);
  }
}
