import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** A request's JSON; null: it was not of this form, and the reply says why. */
export function readBody<Schema extends z.ZodType>(
  schema: Schema,
  request: FastifyRequest,
  reply: FastifyReply,
): z.output<Schema> | null {
  const text = request.body instanceof Buffer ? request.body.toString() : '';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    reply
      .code(400)
      .send({ error: `the body must be JSON, not ${JSON.stringify(text.slice(0, 80))}` });
    return null;
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  reply.code(400).send({ error: z.prettifyError(parsed.error) });
  return null;
}
