import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { adminActionSchema } from './admin-actions.ts';
import { readBody } from './admin-body.ts';
import { BrokenConnection, type Cloud } from './cloud.ts';
import { faultRuleSchema } from './faults.ts';
import { RegionKeys } from './identity/region-keys.ts';
import { journalSchema } from './journal.ts';
import { InstanceProfiles } from './metadata/instance-profiles.ts';
import { addMetadata } from './metadata/metadata-routes.ts';
import { MetadataService } from './metadata/metadata-service.ts';
import { passOn } from './operation.ts';
import { addPage } from './page.ts';
import { AwsError } from './protocol/aws-error.ts';
import { type CredentialScope, credentialScope } from './protocol/signature.ts';
import { isServed, isServedService, write, writeRefusal } from './service.ts';
import { keepSilent } from './silence.ts';
import { summary } from './summary.ts';
import type { Upstream } from './upstream.ts';
import { workloadSchema } from './workload.ts';

/** A state of many groups is a few megabytes. */
const bodyLimitBytes = 64 * 1024 * 1024;

/**
 * Serves a cloud over AWS's own protocols, and what AWS has not under `/_muster/`. `keys` sign identity
 * documents. Default: new ones.
 */
export function createServer(
  cloud: Cloud,
  upstream: Upstream | null,
  keys = new RegionKeys(null),
): FastifyInstance {
  const server = Fastify({ bodyLimit: bodyLimitBytes, forceCloseConnections: true });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  addAdmin(server, cloud);
  const profiles = new InstanceProfiles(upstream);
  addMetadata(server, new MetadataService({ cloud, keys, profiles }), keys);
  addPage(server, cloud);
  server.all('/*', (request, reply) => serve(cloud, upstream, request, reply));
  return server;
}

async function serve(
  cloud: Cloud,
  upstream: Upstream | null,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const id = cloud.newRequestId();
  reply.header('x-amzn-requestid', id);
  let scope: CredentialScope;
  try {
    scope = credentialScope(request.headers.authorization);
  } catch (error) {
    return refuse(reply, 'ec2', error, id);
  }
  const { service, region } = scope;
  const body = request.body instanceof Buffer ? request.body.toString() : '';
  const operation = operationOf(request, body);
  if (!isServedService(service) || !isServed(service, operation)) {
    return passOnOrRefuse(cloud, upstream, request, reply, scope, operation, id);
  }
  const call = { service, region, operation, body };
  try {
    const answer = await cloud.serve(call);
    if (answer === passOn)
      return passOnOrRefuse(cloud, upstream, request, reply, scope, operation, id);
    const { status, contentType, body: text } = write(call, answer, id);
    return reply.code(status).header('content-type', contentType).send(text);
  } catch (error) {
    if (error instanceof BrokenConnection) return breakConnection(reply, error);
    return refuse(reply, service, error, id);
  }
}

const writtenParameterSchema = z.object({ Name: z.string(), Value: z.string() });

/** A launch template may name an SSM parameter for its image: EC2 reads at each launch what was written last. */
async function heedParameter(
  cloud: Cloud,
  { service, region }: CredentialScope,
  operation: string,
  body: Buffer | undefined,
): Promise<void> {
  if (service !== 'ssm' || operation !== 'PutParameter' || body === undefined) return;
  const written = writtenParameterSchema.safeParse(JSON.parse(body.toString()));
  if (written.success) await cloud.writeParameter(region, written.data.Name, written.data.Value);
}

/** Of the query protocols a parameter, of JSON a header. */
function operationOf(request: FastifyRequest, body: string): string {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.lastIndexOf('.') + 1);
  return new URLSearchParams(body).get('Action') ?? '';
}

async function passOnOrRefuse(
  cloud: Cloud,
  upstream: Upstream | null,
  request: FastifyRequest,
  reply: FastifyReply,
  scope: CredentialScope,
  operation: string,
  id: string,
) {
  const { service } = scope;
  const model = isServedService(service) ? service : 'ec2';
  try {
    // What the upstream knows of groups is not what this cloud knows.
    if (upstream === null || (model !== 'ec2' && isServedService(service))) {
      const fix =
        upstream === null && model === 'ec2' ? ' here; --upstream URL names who serves it' : '';
      throw new AwsError(
        'InvalidAction',
        `The action ${operation || request.url} of ${service} is not valid for this web service${fix}.`,
      );
    }
    const { method, url, headers } = request;
    const body = request.body instanceof Buffer ? request.body : undefined;
    const answer = await upstream.passOn({ method, url, headers, body });
    if (answer.status === 200) await heedParameter(cloud, scope, operation, body);
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  } catch (error) {
    return refuse(reply, model, error, id);
  }
}

function refuse(
  reply: FastifyReply,
  service: Parameters<typeof writeRefusal>[0],
  error: unknown,
  id: string,
) {
  const { status, contentType, body } = writeRefusal(service, error, id);
  return reply.code(status).header('content-type', contentType).send(body);
}

function breakConnection(reply: FastifyReply, { silent }: BrokenConnection) {
  if (silent) return keepSilent(reply);
  reply.hijack();
  reply.raw.socket?.resetAndDestroy();
  return reply;
}

const stepSchema = z.strictObject({ seconds: z.number().min(0) });

function addAdmin(server: FastifyInstance, cloud: Cloud): void {
  server.get('/_muster/state', async () => {
    await cloud.catchUp();
    return summary(cloud.account);
  });
  server.get('/_muster/clock', async () => {
    await cloud.catchUp();
    return { now: cloud.account.clock.now(), speed: cloud.options.speed };
  });
  server.get('/_muster/work', async () => {
    await cloud.catchUp();
    return cloud.workers.summary();
  });
  server.post('/_muster/work', async (request, reply) => {
    const order = readBody(workloadSchema, request, reply);
    if (order === null) return reply;
    await cloud.addWorkload(order);
    return cloud.workers.summary();
  });
  // Where muster looks for tasks of a pool whose `queue.http` has the version `_muster`.
  server.get('/_muster/jobs', async () => {
    await cloud.catchUp();
    return cloud.workers.pending();
  });
  server.get('/_muster/faults', async () => cloud.faults.list());
  server.post('/_muster/faults', async (request, reply) => {
    const rule = readBody(faultRuleSchema, request, reply);
    if (rule === null) return reply;
    cloud.faults.add(rule);
    return cloud.faults.list();
  });
  server.delete('/_muster/faults', async () => {
    cloud.faults.clear();
    return cloud.faults.list();
  });
  server.post('/_muster/act', async (request, reply) => {
    const action = readBody(adminActionSchema, request, reply);
    if (action === null) return reply;
    try {
      await cloud.act(action);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return reply.code(error.status).send({ error: error.message });
    }
    return {};
  });
  server.post('/_muster/step', async (request, reply) => {
    const step = readBody(stepSchema, request, reply);
    return step === null ? reply : { now: await cloud.step(step.seconds) };
  });
  server.post('/_muster/reset', async () => {
    cloud.reset();
    return {};
  });
  server.get('/_muster/journal', () => cloud.save());
  server.put('/_muster/journal', async (request, reply) => {
    const journal = readBody(journalSchema, request, reply);
    if (journal === null) return reply;
    await cloud.load(journal);
    return {};
  });
}
