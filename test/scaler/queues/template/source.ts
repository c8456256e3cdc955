/** Template of a source: reads all pools of one server at once. */
import { z } from 'zod';
import { endpointKey } from '../../../../pool/queues/http.ts';
import type { QueueSource } from '../../../../scaler/queues/source.ts';
import type { CounterDeclaration } from './form.ts';

const answerSchema = z.record(
  z.string(),
  z.object({ waiting: z.number(), running: z.number(), oldestSeconds: z.number().nullable() }),
);

export const counterSource: QueueSource<CounterDeclaration> = {
  groupKey: ({ endpoint }) => endpointKey(endpoint),
  describe: ({ endpoint }) => endpoint.url,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ http }, { endpoint }) => ({
    async read(declarations, answer, signal) {
      const url = `${endpoint.url}/counts`;
      const { value: counts } = await http.json({ url, endpoint }, answerSchema, signal);
      for (const [key, { queue }] of declarations) {
        const found = counts[queue];
        if (found === undefined) {
          answer(key, { error: `${url}: no queue ${queue}; there are ${Object.keys(counts)}` });
          continue;
        }
        const { waiting, running, oldestSeconds } = found;
        answer(key, { pending: waiting, claimed: running, oldestPendingAge: oldestSeconds });
      }
    },
  }),
};
