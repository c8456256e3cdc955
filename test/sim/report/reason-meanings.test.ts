import { describe, expect, it } from 'vitest';
import { meaningOf } from '../../../sim/report/reason-meanings.ts';
import { readText, tableOf } from '../../docs/markdown.ts';

const kinds = tableOf(readText('docs/how-muster-decides.md'), '## Reasons').map(
  ([kind]) => kind?.replaceAll('`', '') ?? '',
);

describe('meanings of reasons', () => {
  it.each(kinds)('%s has a sentence', (kind) => {
    expect(meaningOf(kind)).toMatch(/^[A-Z].{10,}\.$/);
  });

  it('has none for what is no kind', () => {
    expect([meaningOf('levitate'), meaningOf('toString'), meaningOf('')]).toEqual(['', '', '']);
  });
});
