import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { queueKeys, queueSchema } from '../../pool/schema-queue.ts';
import { projectRoot } from '../harness/project-root.ts';

const text = readFileSync(`${projectRoot}/docs/queues.md`, 'utf8');
const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
const shown = blocks.map((block) => Object.entries(parse(block).queue)[0] ?? (['', null] as const));

it('shows queues at all', () => {
  expect(shown.length).toBeGreaterThan(8);
});

it.each(shown)('the queue of %s that docs/queues.md shows is one', (name, written) => {
  expect(queueKeys).toContain(name);
  expect(queueSchema.safeParse({ [name]: written })).toMatchObject({ success: true });
});
