/**
 * `POST /v1/webhooks/github` and `/v1/webhooks/gitea`: a forge says that a job of a workflow has
 * changed, and the queues of the pools that could run it are read at once. What is in the event is
 * believed no further: the counts are read from the forge, so an event that is lost, late, doubled or
 * played again does no harm.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Pool } from '../../../pool/pool.ts';
import { type SourceDeclaration, sourcesOf } from '../../../pool/queues/declaration.ts';
import { labelSet, labelsServe } from '../../../pool/queues/runner-labels.ts';
import type { SecretReference } from '../../../pool/queues/secret.ts';
import { isSigned } from './signature.ts';

/** Events of jobs take about 30 kB; the texts of people in them can be long. */
const bodyLimitBytes = 1024 * 1024;
/** Reading secrets may take this long. */
const secretLimitMilliseconds = 5_000;

export interface WebhookOptions {
  /** All pools, as they are now. */
  readonly pools: (signal: AbortSignal) => Promise<readonly Pool[]>;
  readonly readSecret: (reference: SecretReference, signal: AbortSignal) => Promise<string>;
  /** Reads the queues of these pools as soon as their own limits allow. */
  readonly poke: (poolIds: readonly string[]) => void;
  readonly onFailure: (doing: string, error: unknown) => void;
}

type Forge = Extract<SourceDeclaration, { readonly webhookSecret: unknown }>;
const forges = ['github', 'gitea'] as const satisfies readonly Forge['kind'][];

const eventSchema = z.object({
  action: z.string(),
  workflow_job: z.object({ labels: z.array(z.string()) }),
  repository: z.object({ full_name: z.string() }),
});
type JobEvent = z.output<typeof eventSchema>;

interface Listener {
  readonly poolId: string;
  readonly forge: Forge;
  readonly secret: SecretReference;
}

export async function addWorkflowWebhooks(
  server: FastifyInstance,
  options: WebhookOptions,
): Promise<void> {
  await server.register(
    async (scope) => {
      // The signature is of the bytes.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        'application/json',
        { parseAs: 'buffer' },
        (_request, body, done) => done(null, body),
      );
      for (const kind of forges) {
        scope.post(`/${kind}`, { bodyLimit: bodyLimitBytes }, (request, reply) =>
          receive(kind, options, request, reply),
        );
      }
    },
    { prefix: '/v1/webhooks' },
  );
}

async function receive(
  kind: Forge['kind'],
  options: WebhookOptions,
  { body, headers }: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const signal = AbortSignal.timeout(secretLimitMilliseconds);
  const listeners = listenersIn(await options.pools(signal), kind);
  const { secrets, failed } = await readSecrets(options, listeners, signal);
  const signature = textOf(headers['x-hub-signature-256']);
  if (!Buffer.isBuffer(body) || !isSigned(body, signature, [...secrets.values()])) {
    // The forge's list of deliveries shows which it was.
    if (failed) return reply.code(503).send({ error: 'the secret could not be read; see the log' });
    return reply
      .code(401)
      .send({ error: 'expected the header X-Hub-Signature-256, by the secret of a pool' });
  }
  if (textOf(headers['x-github-event']) !== 'workflow_job') return reply.code(204).send();
  const event = eventOf(body);
  if (event === null) {
    return reply.code(400).send({ error: 'expected workflow_job.labels and repository.full_name' });
  }
  const poolIds = listeners
    // Only pools whose own secret signed it: others have their own forge.
    .filter(({ secret }) => isSigned(body, signature, [secrets.get(keyOf(secret)) ?? '']))
    .filter(({ forge }) => concerns(forge, event))
    .map(({ poolId }) => poolId);
  const pools = [...new Set(poolIds)];
  if (pools.length > 0) options.poke(pools);
  return reply.code(202).send({ pools: pools.length });
}

function listenersIn(pools: readonly Pool[], kind: Forge['kind']): readonly Listener[] {
  return pools.flatMap(({ id, queue }) =>
    sourcesOf(queue).flatMap((source) =>
      source.kind === kind && 'webhookSecret' in source && source.webhookSecret !== null
        ? [{ poolId: id, forge: source, secret: source.webhookSecret }]
        : [],
    ),
  );
}

function concerns(forge: Forge, { repository, workflow_job: job }: JobEvent): boolean {
  if (!labelsServe(labelSet(forge.labels), job.labels)) return false;
  const name = repository.full_name.toLowerCase();
  const owners = forge.kind === 'github' ? forge.repositories : forge.owners;
  return (
    owners.length === 0 ||
    owners.some((of) => {
      const wanted = of.toLowerCase();
      return wanted === name || (!wanted.includes('/') && name.startsWith(`${wanted}/`));
    })
  );
}

/** By {@link keyOf}; one that cannot be read keeps the others working. */
async function readSecrets(
  { readSecret, onFailure }: WebhookOptions,
  listeners: readonly Listener[],
  signal: AbortSignal,
): Promise<{ readonly secrets: ReadonlyMap<string, string>; readonly failed: boolean }> {
  const references = new Map(listeners.map(({ secret }) => [keyOf(secret), secret]));
  const secrets = new Map<string, string>();
  let failed = false;
  await Promise.all(
    [...references].map(async ([key, reference]) => {
      try {
        secrets.set(key, await readSecret(reference, signal));
      } catch (error) {
        failed = true;
        onFailure(`reading the secret of webhooks (${reference.name})`, error);
      }
    }),
  );
  return { secrets, failed };
}

function keyOf(reference: SecretReference): string {
  return JSON.stringify(reference);
}

function eventOf(body: Buffer): JobEvent | null {
  try {
    return eventSchema.safeParse(JSON.parse(body.toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
