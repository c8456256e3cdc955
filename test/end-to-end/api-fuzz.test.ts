/** A short run of made-up requests over every route; the long one is beside it. */
import { describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { schemathesisTool } from '../harness/servers/schemathesis.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { fuzzApi } from './api-fuzz.ts';

const missing = await missingParts([toolPart(schemathesisTool)]);

describe.skipIf(missing)('the API, fuzzed', () => {
  it('never fails, and answers as it is described', async () => {
    const phases = 'examples,fuzzing';
    const found = await fuzzApi({ examples: 4, seed: 1, limitSeconds: 120, phases });
    expect(found.failures).toEqual([]);
    expect(found.exitCode, found.output).toBe(0);
    expect(found.operations.tested).toBe(found.operations.described - 1);
    expect(found.cases).toBeGreaterThan(100);
  });
});
