import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../harness/project-root.ts';
import { type ProcessResult, runProcess } from '../harness/run-process.ts';

const bin = join(projectRoot, 'cli/bin.mjs');
const limitSeconds = 60;
/** Ends the process at once when its input does, so that it does not outlive a test that is killed. */
const untilInputEnds =
  'data:text/javascript,process.stdin.on("end",()=>process.kill(process.pid,"SIGKILL")).resume().unref()';

/** A line that the scaler logs for each decision, as far as the tests read it. */
export interface DecisionLine {
  readonly event: 'decision';
  /** When the pool was observed, in seconds since 1970. */
  readonly at: number;
  readonly pool: string;
  readonly target: number;
  readonly queue: { readonly status: string; readonly pending?: number; readonly claimed?: number };
  readonly drain: readonly { readonly instanceId: string; readonly because: string }[];
  readonly terminate: readonly { readonly instanceId: string; readonly because: string }[];
  readonly reasons: readonly { readonly kind: string }[];
}

/**
 * Runs `muster PARAMETERS` to its end.
 * @throws Error with all that it printed, unless it exits with 0.
 */
export async function muster(
  environment: NodeJS.ProcessEnv,
  ...parameters: string[]
): Promise<ProcessResult> {
  const command = [bin, ...parameters];
  const result = await runProcess(process.execPath, command, { environment, limitSeconds });
  if (result.exitCode === 0) return result;
  const { exitCode, stdout, stderr } = result;
  throw new Error(`muster ${parameters.join(' ')}: exit code ${exitCode}\n${stdout}\n${stderr}`);
}

/** The lines of a log that tell of decisions; all else, such as failures, is left out. */
export function decisionLines(log: string): readonly DecisionLine[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { event?: string })
    .filter((line): line is DecisionLine => line.event === 'decision');
}

export interface RunningMuster {
  /** All that it logged so far. */
  log(): string;
  decisions(): readonly DecisionLine[];
  /** Sends SIGTERM and waits. @throws Error after `limitSeconds`, having killed it. */
  terminate(limitSeconds: number): Promise<{ exitCode: number | null; seconds: number }>;
  /** Kills it, if it runs. */
  kill(): void;
  /** SIGSTOP or SIGCONT, to the process itself. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

/** Starts `muster PARAMETERS`, which runs until it is told to stop. */
export function startMuster(
  environment: NodeJS.ProcessEnv,
  ...parameters: string[]
): RunningMuster {
  const child = spawn(process.execPath, ['--import', untilInputEnds, bin, ...parameters], {
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const kill = () => {
    child.kill('SIGKILL');
  };
  return {
    log: () => log,
    decisions: () => decisionLines(log),
    kill,
    signal: (name) => {
      child.kill(name);
    },
    async terminate(limitSeconds) {
      const startedAt = performance.now();
      const timer = setTimeout(kill, limitSeconds * 1000);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(timer);
      const seconds = (performance.now() - startedAt) / 1000;
      if (child.signalCode === 'SIGKILL') {
        throw new Error(`muster ran on for ${limitSeconds} s after SIGTERM\n${log}`);
      }
      return { exitCode: child.exitCode, seconds };
    },
  };
}
