import type { Pool } from '../../../pool/pool.ts';
import type { QueueDeclaration, SourceDeclaration } from '../../../pool/queues/declaration.ts';
import type { PoolReading } from '../../../scaler/ports.ts';
import { Queues, type QueuesOptions } from '../../../scaler/queues/queues.ts';
import { aFleet, aFullPool, never, realClock } from '../samples.ts';

/** Pools with these queues, by ids `pool-0`, `pool-1` and so on. */
export function poolsOf(queues: readonly QueueDeclaration[]): Pool[] {
  return queues.map((queue, index) => aFullPool({ id: `pool-${index}`, queue }));
}

/** Queues that are read when they are asked, with what they told of failures. */
export function openQueues(options: Partial<QueuesOptions> = {}) {
  const failures: string[] = [];
  const queues = new Queues({
    fleet: aFleet(),
    clock: realClock,
    onFailure: (doing, error) => failures.push(`${doing}: ${String(error)}`),
    ...options,
  });
  const readAll = async (declarations: readonly QueueDeclaration[]): Promise<PoolReading[]> => [
    ...(await queues.read(poolsOf(declarations), never)).values(),
  ];
  const readOne = async (declaration: SourceDeclaration): Promise<PoolReading> => {
    const [reading] = await readAll([declaration]);
    if (reading === undefined) throw new Error('no reading');
    return reading;
  };
  return { queues, readAll, readOne, failures };
}
