import { join } from 'node:path';
import { expect, it } from 'vitest';
import { servedOperations } from '../../cloud/served-operations.ts';
import { missingParts } from '../harness/missing-part.ts';
import { findPython, motoPart } from '../harness/moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';
import { startCloud } from './running-cloud.ts';

const missing = await missingParts([motoPart]);

/** Names of services as boto3 has them. */
const { servicequotas, ...others } = servedOperations;
const served = { ...others, 'service-quotas': servicequotas };

it.skipIf(missing)("every operation that is served answers as botocore's model says", async () => {
  const running = await startCloud();
  try {
    const script = join(projectRoot, 'test/cloud/check-answers.py');
    const parameters = [script, running.endpoint];
    const limitSeconds = 25;
    const { stdout, stderr, exitCode } = await runProcess(findPython()!, parameters, {
      limitSeconds,
    });
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout.trim().split('\n');
    expect(lines.slice(0, -1)).toEqual([]);
    const called = JSON.parse(lines.at(-1)!) as Record<string, string[]>;
    expect(called).toEqual(
      Object.fromEntries(Object.entries(served).map(([name, all]) => [name, all.toSorted()])),
    );
  } finally {
    await running.stop();
  }
});
