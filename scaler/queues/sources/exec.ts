import { spawn } from 'node:child_process';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { ExecDeclaration } from '../../../pool/queues/exec.ts';
import { withinLimit } from '../../time-limit.ts';
import { commandsAtOnce, execOutputBytes } from '../limits.ts';
import { startOf } from '../read-body.ts';
import { type QueueSource, SourceError, type SourceReading } from '../source.ts';

const output = z.strictObject({
  pending: z.number(),
  claimed: z.number().nullable().default(null),
  oldestPendingAge: z.number().nullable().default(null),
  workers: z
    .array(
      z.strictObject({
        name: z.string(),
        capacity: z.number().nullable().default(null),
        busySlots: z.number(),
        taking: z.boolean().default(true),
      }),
    )
    .optional(),
  finishedTasks: z
    .array(z.strictObject({ worker: z.string().nullable().default(null), duration: z.number() }))
    .optional(),
});

/** Variables that every command gets. */
const usualVariables = ['PATH', 'HOME'];

/** Commands on the scaler's own machine. No shell reads them, and they see no more than is declared. */
export const execSource: QueueSource<ExecDeclaration> = {
  groupKey: (declaration) => JSON.stringify(declaration),
  describe: ({ command }) => `command ${command[0]}`,
  minimumInterval: 0,
  zeroHold: 0,
  open: ({ environment }) => ({
    async read(declarations, answer, signal) {
      for (const [key, declaration] of declarations) {
        const text = await inLine(() =>
          withinLimit(declaration.limit, signal, (limited) =>
            run(declaration, environment, limited),
          ),
        );
        answer(key, parse(text));
      }
    },
  }),
};

type Variables = Readonly<Record<string, string | undefined>>;

const inLine = pLimit(commandsAtOnce);

/** What the command printed. @throws SourceError */
function run(
  { command: [program = '', ...parameters], environment: declared }: ExecDeclaration,
  variables: Variables,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (problem: string) => reject(new SourceError('unavailable', problem));
    const child = spawn(program, parameters, {
      env: pick(variables, [...usualVariables, ...declared]),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that what it started ends with it.
      detached: true,
    });
    const end = () => killGroup(child.pid);
    signal.addEventListener('abort', end, { once: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let lastWords = '';
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes <= execOutputBytes) chunks.push(chunk);
      else end();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-200);
    });
    child.once('error', ({ message }) => fail(message));
    child.once('close', (code, by) => {
      signal.removeEventListener('abort', end);
      if (bytes > execOutputBytes) fail(`it printed more than ${execOutputBytes} bytes`);
      else if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else fail(`it ended with ${code ?? by}: ${lastWords.trim()}`);
    });
  });
}

/** @throws SourceError */
function parse(text: string): SourceReading {
  const written = text.trim();
  if (/^\d+$/.test(written)) return { pending: Number(written), claimed: null };
  let json: unknown;
  try {
    json = JSON.parse(written);
  } catch {
    const message = `expected a number or JSON, got text that begins ${startOf(written)}`;
    throw new SourceError('unreadable', message);
  }
  const parsed = output.safeParse(json);
  if (parsed.success) {
    const { workers, finishedTasks, ...counts } = parsed.data;
    return { ...counts, ...(workers && { workers }), ...(finishedTasks && { finishedTasks }) };
  }
  const issue = parsed.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
  throw new SourceError(
    'unreadable',
    `what it printed is not as expected: ${place}: ${issue?.message}`,
  );
}

function pick(variables: Variables, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(names.map((name) => [name, variables[name]]));
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended, which is what was wanted.
  }
}
