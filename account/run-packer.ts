import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Folder of the templates. */
export const packerFolder = fileURLToPath(new URL('../packer', import.meta.url));

/** Packer terminates its machine and removes its key when it is interrupted: it gets so long for that. */
const cleanUpSeconds = 120;

export interface PackerRun {
  readonly limitSeconds: number;
  /** Beside PATH, HOME and what Packer itself reads. */
  readonly environment: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs Packer to its end, line by line.
 *
 * @throws Error when it is not there, when it fails (with its last complaint), or when it takes longer than
 *   the limit or is aborted: it is then interrupted, and killed if that does not help.
 */
export function runPacker(parameters: readonly string[], run: PackerRun): Promise<void> {
  const { limitSeconds, environment, onLine, signal } = run;
  return new Promise((resolve, reject) => {
    const child = spawn('packer', parameters, {
      cwd: packerFolder,
      env: { ...process.env, ...environment, CHECKPOINT_DISABLE: '1', PACKER_NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own group: an interrupt from the terminal reaches us, and Packer once, by us.
      detached: true,
    });
    let complaint = '';
    // What the playbook or the image test said last; Packer itself only says that a script failed.
    let fault = '';
    let ended: string | null = null;
    let killer: NodeJS.Timeout | undefined;
    // To the whole group, as a terminal does: Packer's first process leaves signals to its second.
    const signalAll = (name: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // It has just ended.
      }
    };
    const stop = (why: string) => {
      if (ended !== null) return;
      ended = why;
      signalAll('SIGINT');
      killer = setTimeout(() => signalAll('SIGKILL'), cleanUpSeconds * 1_000);
    };
    const timer = setTimeout(() => stop(`not done after ${limitSeconds} s`), limitSeconds * 1_000);
    const abort = () => stop('interrupted');
    signal?.addEventListener('abort', abort, { once: true });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        complaint = complaintOf(line) ?? complaint;
        fault = /(?:image fault: |fatal: |\bmsg: )(.+)$/.exec(line)?.[0] ?? fault;
        onLine(line);
      });
    }
    const finish = () => {
      clearTimeout(timer);
      clearTimeout(killer);
      signal?.removeEventListener('abort', abort);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      finish();
      const fix = 'install Packer 1.9 or later and put it on PATH';
      reject(error.code === 'ENOENT' ? new Error(`packer is not there: ${fix}`) : error);
    });
    child.once('close', (code) => {
      finish();
      const command = `packer ${parameters[0]}`;
      if (ended !== null) reject(new Error(`${command}: ${ended}`));
      else if (code === 0) resolve();
      else {
        const said = [complaint, fault].filter((text) => text !== '').join('; ');
        reject(new Error(`${command} failed${said === '' ? '' : `: ${said}`}`));
      }
    });
  });
}

/** The last of these says most: what Packer gives as the reason of a build that failed. */
function complaintOf(line: string): string | null {
  const found =
    /^Build '[^']+' errored after [^:]+: (.+)$/.exec(line) ??
    /^Error: (.+)$/.exec(line) ??
    /^\* (.+)$/.exec(line);
  return found?.[1] ?? null;
}
