import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContractSubject, FaultName } from './subject.ts';

const print = (value: object | string) =>
  `cat <<'END'\n${typeof value === 'string' ? value : JSON.stringify(value)}\nEND\n`;

/** What the command does under each fault that can happen to one; null: it is not there. */
const scripts: Partial<Record<FaultName, string>> = {
  '5xx': 'echo went wrong >&2; exit 3',
  HTML: print('<!doctype html><title>Sign in</title>'),
  'negative count': print({ pending: -1 }),
  'absurd count': print({ pending: 1e15 }),
  'renamed field': print({ waiting: 3 }),
  'slow answer': 'sleep 60',
  'huge answer': 'head -c 3000000 /dev/zero',
};

const noHttp = 'a command has no HTTP status';

/** A command, which is a script that is written anew for each case. */
export const execSubject: ContractSubject = {
  kind: 'exec',
  against: 'a script',
  tellsClaimed: true,
  secret: null,
  without: { '401': noHttp, '429, Retry-After': noHttp, 'redirect to another host': noHttp },
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'muster-exec-'));
    const script = join(folder, 'count.sh');
    return {
      declaration: { kind: 'exec', command: ['sh', script], environment: [], limit: 10 },
      environment: { PATH: process.env.PATH ?? '' },
      requests: () => null,
      requestsElsewhere: () => 0,
      async serve(counts) {
        writeFileSync(script, print(counts));
      },
      async meet(fault) {
        const text = scripts[fault];
        if (text === undefined) rmSync(script);
        else writeFileSync(script, text);
      },
      stop: () => rm(folder, { recursive: true }),
    };
  },
};
