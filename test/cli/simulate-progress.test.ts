import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { progressBar, progressText } from '../../cli/progress-bar.ts';

it.each([
  [0, 0, '░░░░░░░░░░░░░░░░░░░░░░░░   0 %  time left unknown  muster'],
  [0.25, 30, '██████░░░░░░░░░░░░░░░░░░  25 %  1 min 30 s left  muster'],
  [0.5, 10, '████████████░░░░░░░░░░░░  50 %  10 s left  muster'],
  [1, 20, '████████████████████████ 100 %  0 s left  muster'],
])('shows a share of %s after %s s', (share, elapsed, text) => {
  expect(progressText(share, elapsed, 'muster')).toBe(text);
});

function stream(isTTY: boolean) {
  const out = new PassThrough() as unknown as NodeJS.WriteStream;
  Object.assign(out, { isTTY, columns: 100, rows: 30 });
  const written: string[] = [];
  out.on('data', (chunk) => written.push(String(chunk)));
  return { out, written };
}

it('draws on a terminal, ten times a second at most, and takes the line away', () => {
  const { out, written } = stream(true);
  let now = 0;
  const bar = progressBar(out, () => now);
  for (; now <= 1000; now += 10) bar.show(now / 1000, 'muster');
  const frames = written.join('').split('left').length - 1;
  expect(frames).toBe(11);
  const before = written.length;
  bar.end();
  expect(written.slice(before).join('')).toContain('\u001b[2K');
});

it('writes nothing where the stream is piped', () => {
  const { out, written } = stream(false);
  const bar = progressBar(out);
  bar.show(0.5, 'muster');
  bar.end();
  expect(written).toEqual([]);
});
