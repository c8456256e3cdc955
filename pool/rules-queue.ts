/** What must hold between the keys of a pool's queue. */
import type { PoolDraft } from './draft.ts';
import type { Finding, Path } from './finding.ts';
import { queueKeys } from './schema-queue.ts';
import { readSqsUrl } from './sqs-url.ts';

type QueueDraft = NonNullable<PoolDraft['queue']>;

export function queueFindings(queue: QueueDraft | undefined, path: Path): Finding[] {
  if (queue === undefined) return [];
  const given = queueKeys.filter((key) => Object.hasOwn(queue, key));
  const [first, ...others] = given;
  const inLists = (['sum', 'maximum'] as const).flatMap((rule) =>
    (queue[rule] ?? []).flatMap((source, index) => queueFindings(source, [...path, rule, index])),
  );
  return [
    ...others.map((key): Finding => {
      const message = `got ${given.join(' and ')}; allowed: one of them`;
      return { path: [...path, key], at: 'key', message };
    }),
    ...(others.length === 0 ? regionFindings(queue, first, path) : []),
    ...inLists,
  ];
}

function regionFindings(
  { region, sqs }: QueueDraft,
  kind: string | undefined,
  path: Path,
): Finding[] {
  if (region === undefined || kind === undefined) return [];
  if (kind !== 'sqs') {
    const message = `got a region for ${kind}; allowed: only with sqs`;
    return [{ path: [...path, 'region'], at: 'key', message }];
  }
  const read = sqs === undefined ? null : readSqsUrl(sqs);
  if (!read?.ok || read.region === null || read.region === region) return [];
  const message = `got ${region}; allowed: ${read.region}, as the URL says, or leave it out`;
  return [{ path: [...path, 'region'], at: 'value', message }];
}
