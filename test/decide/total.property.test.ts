import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../scaler/decide/decide.ts';
import { decisionSchema } from '../../scaler/schemas/decision-schema.ts';
import { memorySchema } from '../../scaler/schemas/memory-schema.ts';
import { anyStory, memoryOf } from './arbitraries.ts';
import { runs, unhurried } from './arbitrary-pool.ts';

describe('decide, on any input that the schemas admit', unhurried, () => {
  it('answers with a decision and a memory of their schemas', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { decision, memory } = decide(story.pool, story.observation, memoryOf(story));
        expect(decisionSchema.safeParse(decision).error?.issues ?? []).toEqual([]);
        expect(memorySchema.safeParse(memory).error?.issues ?? []).toEqual([]);
      }),
      runs,
    );
  });

  it('decides the same with a memory that was written down and read', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const memory = memoryOf(story);
        const read = JSON.parse(JSON.stringify(memory));
        expect(decide(story.pool, story.observation, read)).toEqual(
          decide(story.pool, story.observation, memory),
        );
      }),
      runs,
    );
  });

  it('counts up, and is the same for the same input', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const memory = memoryOf(story);
        const once = decide(story.pool, story.observation, memory);
        expect(once.decision.sequence).toBe(story.before.length + 1);
        expect(decide(story.pool, story.observation, memory)).toEqual(once);
      }),
      runs,
    );
  });
});
