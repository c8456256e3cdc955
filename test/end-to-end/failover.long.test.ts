import { describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { dynamoDbLocalTool } from '../harness/servers/dynamodb-local.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { failoverRounds } from './failover-rounds.ts';

describe.skipIf(await missingParts([toolPart(dynamoDbLocalTool)]))(
  'two scalers on one table',
  () => {
    it('follow each other 20 times, from ten points of the loop', {
      timeout: 1_500_000,
    }, async () => {
      const rounds = await failoverRounds(20);
      expect(new Set(rounds.map(({ how, point }) => `${how} ${point}`)).size).toBeGreaterThan(14);
      process.stdout.write(`${JSON.stringify(rounds, null, 1)}\n`);
    });
  },
);
