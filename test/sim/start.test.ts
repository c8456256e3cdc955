import { describe, expect, it } from 'vitest';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';

function start(...parameters: string[]) {
  const command = [`${projectRoot}/cli/start.mjs`, ...parameters];
  return runProcess(process.execPath, command, { directory: projectRoot, limitSeconds: 60 });
}

describe('npm start', () => {
  it('with --once prints the same summary for the same seed, and nothing else', async () => {
    const one = await start('--once', '--seed', '7', '--hours', '1');
    expect(one.stderr).toBe('');
    expect(one.exitCode).toBe(0);
    expect(one.stdout).toMatch(/^simulated +1 h of arrivals/);
    expect(one.stdout).toMatch(/^tasks done +(\d+) of \1$/m);
    expect(one.stdout).toMatch(/^wait +p50 \d+ s, p95 \d+ s, p99 \d+ s$/m);
    expect(one.stdout).toMatch(/^per 1,000 tasks +USD \d+\.\d\d$/m);
    expect(one.stdout).toMatch(/^runs cut short +\d+ by interruption, 0 by scale-in$/m);
    expect(one.stdout).toMatch(/^ {2}scale-out +\d+$/m);
    const again = await start('--once', '--seed', '7', '--hours', '1');
    expect(again.stdout).toBe(one.stdout);
    const other = await start('--once', '--seed', '8', '--hours', '1');
    expect(other.stdout).not.toBe(one.stdout);
  });

  it('without a terminal prints a line for each half hour', async () => {
    const { stdout, exitCode } = await start('--hours', '1', '--seed', '7');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^muster\.yaml: fleet ci/m);
    expect(stdout).toMatch(/^00:30:\d\d {2}linux: \d+ pending/m);
    expect(stdout).toMatch(/^tasks done/m);
    expect(stdout).not.toContain('\u001b');
  });

  it.each([
    [['--sed', '7'], /unknown option '--sed'/],
    [['--seed', 'x'], /whole number from 0/],
    [['--hours', '0'], /whole number from 1 to 168/],
    [['--seed'], /argument missing/],
    [['now'], /too many arguments/],
  ])('refuses %j with exit code 2', async (parameters, message) => {
    const { stdout, stderr, exitCode } = await start(...parameters);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
  });

  it('explains itself', async () => {
    const { stdout, exitCode } = await start('--help');
    expect(exitCode).toBe(0);
    for (const flag of ['--seed', '--hours', '--once', '--help']) expect(stdout).toContain(flag);
  });
});
