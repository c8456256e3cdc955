import { describe, expect, it } from 'vitest';
import { missingParts } from '../harness/missing-part.ts';
import { dynamoDbLocalTool } from '../harness/servers/dynamodb-local.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { failoverRounds } from './failover-rounds.ts';

describe.skipIf(await missingParts([toolPart(dynamoDbLocalTool)]))(
  'two scalers on one table',
  () => {
    it('follow each other when one is killed, and when one is stopped and woken', async () => {
      const rounds = await failoverRounds(2);
      expect(rounds.map(({ how }) => how)).toEqual(['killed', 'stopped']);
    });
  },
);
