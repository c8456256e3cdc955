import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readBody } from '../admin-body.ts';
import { isRegionName, type KeyKind, keyKinds, type RegionKeys } from '../identity/region-keys.ts';
import { AwsError } from '../protocol/aws-error.ts';
import { keepSilent } from '../silence.ts';
import { MetadataEndpoints } from './metadata-endpoints.ts';
import type { MetadataService } from './metadata-service.ts';

const orderSchema = z.strictObject({
  instanceId: z.string(),
  /** Default: any free one. */
  port: z.int().min(0).max(65_535).default(0),
  /** Default: on the instance itself. */
  hops: z.int().min(1).max(64).default(1),
});

/**
 * `/_muster/metadata/INSTANCE-ID/` stands for `http://169.254.169.254/` on that instance; a port of its
 * own is for who can be given an address only. Certificates are where AWS has a page of its user guide.
 */
export function addMetadata(
  server: FastifyInstance,
  service: MetadataService,
  keys: RegionKeys,
): void {
  const endpoints = new MetadataEndpoints(service);
  server.addHook('onClose', async () => endpoints.close());
  server.get('/_muster/metadata', async () => endpoints.list());
  server.post('/_muster/metadata', async (request, reply) => {
    const order = readBody(orderSchema, request, reply);
    if (order === null) return reply;
    try {
      return await endpoints.add(order);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return reply.code(error.status).send({ error: error.message });
    }
  });
  server.all('/_muster/metadata/:instanceId/*', (request, reply) => serve(service, request, reply));
  server.get('/_muster/certificates/:region/:kind', async (request, reply) => {
    const { region, kind } = request.params as { region: string; kind: string };
    if (!isRegionName(region) || !Object.hasOwn(keyKinds, kind)) {
      const kinds = Object.keys(keyKinds).join(', ');
      const error = `no certificate ${region}/${kind}: a region such as eu-west-1, and one of ${kinds}`;
      return reply.code(404).send({ error });
    }
    const { certificate } = await keys.find(region, kind as KeyKind);
    return reply.type('application/x-pem-file').send(certificate);
  });
}

async function serve(service: MetadataService, request: FastifyRequest, reply: FastifyReply) {
  const { instanceId, '*': path } = request.params as { instanceId: string; '*': string };
  const { method, headers } = request;
  const answer = await service.serve({ instanceId, method, path, headers, hops: 1 });
  if (answer === null) return keepSilent(reply);
  return reply
    .code(answer.status)
    .headers({ 'content-type': 'text/plain', ...answer.headers })
    .send(answer.body);
}
