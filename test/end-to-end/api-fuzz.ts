/** Schemathesis over every route that the API's description has, on a server in this process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runProcess } from '../harness/run-process.ts';
import { schemathesisTool } from '../harness/servers/schemathesis.ts';
import { startApiServer } from '../scaler/api/api-server.ts';
import { definition } from '../scaler/api/definitions.ts';
import { decideFor } from '../scaler/api/v2-look.ts';

const never = new AbortController().signal;

const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];

export interface FuzzResult {
  readonly exitCode: number | null;
  readonly output: string;
  /** Requests that Schemathesis made up. */
  readonly cases: number;
  /** Operations of the description that were tested, and that there are. */
  readonly operations: { readonly tested: number; readonly described: number };
  /** What the server itself calls a fault of its own. */
  readonly failures: readonly unknown[];
}

export interface FuzzOptions {
  /** Examples of each operation and phase. */
  readonly examples: number;
  readonly seed: number;
  readonly limitSeconds: number;
  readonly phases: string;
}

/** A stream never ends by itself, so its route is left out; a test of its own has it. */
export async function fuzzApi(options: FuzzOptions): Promise<FuzzResult> {
  const api = await startApiServer();
  try {
    const { bearerToken } = await api.client('fuzz', ['*']);
    const authorization = `Bearer ${bearerToken}`;
    await fetch(`${api.url}/v1/worker-type/w1`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(definition),
    });
    const { pool } = (await api.parts.directory.get('from-file', never))!;
    const made = decideFor(pool!, Math.floor(Date.now() / 1000), 5, null);
    api.live.decision(pool!, made.observation, made.decision, made.memory);
    await api.parts.history.add(made.decision, never);
    const words = [
      ...['run', `${api.url}/openapi.json`, '--checks', checks.join(',')],
      ...['--phases', options.phases, '--max-examples', String(options.examples)],
      ...['--seed', String(options.seed), '--request-timeout', '10', '--no-color'],
      ...['--header', `Authorization: ${authorization}`],
      ...['--exclude-path', '/api/v2/decisions/stream', '--generation-database', 'none'],
      ...['--suppress-health-check', 'all', '--continue-on-failure'],
    ];
    const { limitSeconds } = options;
    const result = await runProcess(schemathesisTool.program('st'), words, { limitSeconds });
    const output = `${result.stdout}\n${result.stderr}`;
    await sleep(0);
    return {
      exitCode: result.exitCode,
      output,
      cases: Number(/(\d+) generated/.exec(output)?.[1] ?? 0),
      operations: {
        tested: Number(/Tested: (\d+)/.exec(output)?.[1] ?? 0),
        described: Number(/Selected: \d+\/(\d+)/.exec(output)?.[1] ?? 0),
      },
      failures: api.failures,
    };
  } finally {
    await api.close();
  }
}
