import { InvalidArgumentError, Option } from 'commander';
import { parseDuration, printDuration } from '../pool/parse-units.ts';
import type { Seconds } from '../pool/units.ts';

/** Fires at SIGINT, at SIGTERM, and after so long. */
export function untilStopped(limit: Seconds): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => stop.abort(new Error('stopped')));
  }
  // Not AbortSignal.any with a timeout: Node 20 may collect that as garbage, and it never fires.
  const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  setTimeout(() => stop.abort(late), limit * 1000).unref();
  return stop.signal;
}

/** `--timeout`, from 1s to 1d. */
export function timeoutOption(description: string, byDefault: Seconds): Option {
  return new Option('--timeout <time>', description)
    .argParser(timeLimit)
    .default(byDefault, printDuration(byDefault));
}

function timeLimit(text: string): Seconds {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.problem);
  if (parsed.value >= 1 && parsed.value <= 86_400) return parsed.value;
  throw new InvalidArgumentError('Allowed: a duration from 1s to 1d.');
}
