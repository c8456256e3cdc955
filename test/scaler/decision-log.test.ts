import { describe, expect, it } from 'vitest';
import { DecisionLog } from '../../scaler/telemetry/decision-log.ts';
import { describeError, redactSecrets } from '../../scaler/telemetry/describe-error.ts';
import { aDecision, aFullPool, region } from './samples.ts';
import { anObservation } from './telemetry-samples.ts';

const pool = aFullPool();

describe('DecisionLog', () => {
  const logged = (tell: (log: DecisionLog) => void) => {
    const lines: string[] = [];
    tell(new DecisionLog('ci', { write: (line) => void lines.push(line) }));
    return lines.map((line) => JSON.parse(line));
  };

  it('writes one line of JSON per decision, with its reasons', () => {
    const decision = aDecision({ reasons: [{ kind: 'maximum', from: 9, to: 6 }] });
    const lines = logged((log) => log.decision(pool, anObservation(), decision));
    expect(lines).toMatchObject([
      {
        event: 'decision',
        fleet: 'ci',
        pool: 'linux',
        sequence: 1,
        target: 6,
        queue: { status: 'known', pending: 5 },
        reasons: [{ kind: 'maximum', from: 9, to: 6 }],
      },
    ]);
  });

  it('keeps secrets out of failures and of what a queue said', () => {
    const error = 'http://user:hunter2@host/: 401 for Bearer abc.def';
    const lines = logged((log) => {
      log.failure({ region }, 'observe', new Error(error));
      log.decision(
        pool,
        anObservation({ queue: { status: 'unknown', error } }),
        aDecision({ reasons: [{ kind: 'queue-unknown', error }] }),
      );
    });
    const text = JSON.stringify(lines);
    expect(text).toContain('http://[redacted]@host/: 401 for Bearer [redacted]');
    expect(text).not.toMatch(/hunter2|abc\.def/);
  });
});

describe('redactSecrets', () => {
  it.each([
    ['key AKIAIOSFODNN7EXAMPLE here', 'key [redacted] here'],
    ['x?X-Amz-Security-Token=abc&a=1', 'x?X-Amz-Security-Token=[redacted]&a=1'],
    ['{"password":"p4ss"}', '{"password":"[redacted]"}'],
    ['secretAccessKey: wJalr/K7', 'secretAccessKey: [redacted]'],
    ['reading queue https://sqs/1/tasks', 'reading queue https://sqs/1/tasks'],
  ])('reads %s as %s', (text, safe) => {
    expect(redactSecrets(text)).toBe(safe);
  });

  it('bounds the length of a message', () => {
    expect(describeError(new Error('x'.repeat(5_000))).message.length).toBeLessThan(1_010);
  });
});
