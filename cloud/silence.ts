import type { FastifyReply } from 'fastify';

/** How long a call that is to time out is held. The AWS SDKs give up before. */
const silenceMilliseconds = 60_000;

/** Leaves a request without an answer, on a connection that stays open. */
export function keepSilent(reply: FastifyReply): FastifyReply {
  reply.hijack();
  const { socket } = reply.raw;
  setTimeout(() => socket?.destroy(), silenceMilliseconds).unref();
  return reply;
}
