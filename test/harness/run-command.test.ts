import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from './project-root.ts';
import { runCommand } from './run-command.ts';
import { runProcess } from './run-process.ts';

const directory = realpathSync(tmpdir());
const environment = { PATH: process.env.PATH, HOME: directory, NODE_NO_WARNINGS: '1' };

describe('runCommand', () => {
  it.each([
    { what: 'a result', words: ['validate', join(projectRoot, 'muster.yaml')] },
    { what: 'help', words: ['--help'] },
    { what: 'a wrong option', words: ['synth', '--nope'] },
    { what: 'what a person can mend', words: ['validate', 'absent.yaml'] },
    { what: 'a wrong pair of options', words: ['cloud', '--events-queue', 'http://a/b'] },
  ])('gives what the process gives for $what', { timeout: 60_000 }, async ({ words }) => {
    const bin = join(projectRoot, 'cli/bin.mjs');
    const [ofProcess, here] = [
      await runProcess(process.execPath, [bin, ...words], {
        directory,
        environment,
        limitSeconds: 50,
      }),
      await runCommand(words, { directory, environment }),
    ];
    const { stdoutBytes, ...result } = here;
    expect({ ...result, seconds: 0 }).toEqual({ ...ofProcess, seconds: 0 });
    expect(stdoutBytes.toString()).toBe(ofProcess.stdout);
    expect(here.stdout + here.stderr).not.toBe('');
  });

  it('leaves this process as it was', async () => {
    const before = [process.cwd(), process.env, process.exit, process.exitCode];
    await runCommand(['validate', 'absent.yaml'], { directory, environment: {} });
    expect([process.cwd(), process.env, process.exit, process.exitCode]).toEqual(before);
  });
});
