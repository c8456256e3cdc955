import { describe, expect, it } from 'vitest';
import { plannedChanges } from './plan-changes.ts';

const plan = (address: string, actions: string[], change: object) => ({
  address,
  change: { actions, before: null, after: null, after_unknown: {}, ...change },
});

describe('plannedChanges', () => {
  it('names changed and unknown attributes, and every other action', () => {
    const changes = [
      plan('group.same', ['no-op'], { before: { size: 1 }, after: { size: 1 } }),
      plan('data.image', ['read'], { after_unknown: { id: true } }),
      plan('group.grown', ['update'], {
        before: { size: 1, name: 'a', tags: { a: 1 } },
        after: { size: 2, name: 'a', tags: { a: 1 } },
        after_unknown: { version: true },
      }),
      plan('group.new', ['create'], { after: { size: 1 } }),
      plan('group.other', ['delete', 'create'], { before: { size: 1 } }),
    ];
    expect(plannedChanges(JSON.stringify({ resource_changes: changes }))).toEqual([
      'group.grown.size',
      'group.grown.version',
      'group.new (create)',
      'group.other (delete then create)',
    ]);
  });
});
