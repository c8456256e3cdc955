/** Many made-up requests over every route, from several seeds, with what the description forbids. */
import { describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { schemathesisTool } from '../harness/servers/schemathesis.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { fuzzApi } from './api-fuzz.ts';

const missing = await missingParts([toolPart(schemathesisTool)]);

describe.skipIf(missing)('the API, fuzzed for long', () => {
  it.each([1, 2, 3])('never fails, and answers as it is described (seed %i)', async (seed) => {
    const phases = 'examples,coverage,fuzzing,stateful';
    const found = await fuzzApi({ examples: 60, seed, limitSeconds: 290, phases });
    expect(found.failures).toEqual([]);
    expect(found.exitCode, found.output).toBe(0);
    expect(found.operations.tested).toBe(found.operations.described - 1);
    expect(found.cases).toBeGreaterThan(3_000);
    process.stderr.write(`seed ${seed}: ${found.cases} requests made up\n`);
  });
});
