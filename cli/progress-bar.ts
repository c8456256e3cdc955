import { createLogUpdate } from 'log-update';

export interface ProgressBar {
  /** @param share how much is done, 0 to 1 */
  readonly show: (share: number, doing: string) => void;
  /** Takes it away. */
  readonly end: () => void;
}

const width = 24;
const framesPerSecond = 10;

/** One line with the time left, on a terminal; nothing where the stream is piped. */
export function progressBar(
  stream: NodeJS.WriteStream,
  /** Milliseconds, from any zero. */
  now: () => number = () => performance.now(),
): ProgressBar {
  if (!stream.isTTY) return { show() {}, end() {} };
  const line = createLogUpdate(stream);
  const startedAt = now();
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show(share, doing) {
      const at = now();
      if (at - shownAt < 1000 / framesPerSecond) return;
      shownAt = at;
      line(progressText(share, (at - startedAt) / 1000, doing));
    },
    end: () => line.clear(),
  };
}

/** @param elapsed seconds since the start */
export function progressText(share: number, elapsed: number, doing: string): string {
  const full = Math.round(share * width);
  const bar = '█'.repeat(full) + '░'.repeat(width - full);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${bar} ${percent}  ${timeLeft(share, elapsed)}  ${doing}`;
}

function timeLeft(share: number, elapsed: number): string {
  // The first moments, in which code is loaded and made fast, say little.
  if (share < 0.01 || elapsed < 1) return 'time left unknown';
  const left = Math.ceil((elapsed / share) * (1 - share));
  const minutes = Math.floor(left / 60);
  return minutes > 0 ? `${minutes} min ${left % 60} s left` : `${left} s left`;
}
