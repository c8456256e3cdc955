/** Libraries that keep queues by conventions of their own, apart from the project's packages. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmTool } from '../tools/npm-tool.ts';
import { pythonTool } from '../tools/python-tool.ts';

export const bullMqTool = npmTool({
  name: 'bullmq',
  version: '6.7.0',
  beside: ['ioredis@6.0.0'],
});
export const pgBossTool = npmTool({ name: 'pg-boss', version: '10.4.2' });
export const graphileWorkerTool = npmTool({ name: 'graphile-worker', version: '0.17.3' });
/** Celery 5.7 and RQ 3.0. */
export const pythonQueuesTool = pythonTool({
  name: 'celery-and-rq',
  requirements: join(dirname(fileURLToPath(import.meta.url)), 'queue-clients-requirements.txt'),
});
