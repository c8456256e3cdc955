import { spawn } from 'node:child_process';

export interface ProcessResult {
  /** Null: a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface ProcessOptions {
  readonly directory?: string;
  /** The whole environment; nothing is inherited. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly limitSeconds: number;
}

/**
 * Runs a program to its end in its own process group.
 * @throws Error when it cannot be started, or when it passed the limit and its group was killed.
 */
export function runProcess(
  command: string,
  parameters: readonly string[],
  { directory, environment = process.env, limitSeconds }: ProcessOptions,
): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(command, parameters, {
      ...(directory === undefined ? {} : { cwd: directory }),
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kill = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    };
    let stdout = '';
    let stderr = '';
    let expired = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const timer = setTimeout(() => {
      expired = true;
      kill();
    }, limitSeconds * 1000);
    process.once('exit', kill);
    const finish = () => {
      clearTimeout(timer);
      process.off('exit', kill);
    };
    child.once('error', (error) => {
      finish();
      reject(error);
    });
    child.once('close', (exitCode) => {
      finish();
      const line = [command, ...parameters].join(' ');
      if (expired) {
        reject(new Error(`${line}: not done after ${limitSeconds} s\n${stdout}\n${stderr}`));
        return;
      }
      resolve({ exitCode, stdout, stderr, seconds: (performance.now() - startedAt) / 1000 });
    });
  });
}
