import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../harness/project-root.ts';
import { runCommand } from '../harness/run-command.ts';
import { sendCall } from './send-call.ts';

const bin = join(projectRoot, 'cli/bin.mjs');

it('serves on loopback, from the time that it is told, until SIGTERM', async () => {
  const options = ['--port', '0', '--stepped', '--start', '2026-01-01T00:00:00Z'];
  const child = spawn(process.execPath, [bin, 'cloud', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`it ended with ${code} before it listened`);
    });
    const [line] = (await Promise.race([once(child.stdout, 'data'), failed])) as [Buffer];
    failed.catch(() => {});
    const [endpoint = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(line.toString()) ?? [];
    const { status, body } = await sendCall(endpoint, 'ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: 'worker',
      'LaunchTemplateData.ImageId': 'ami-0123456789abcdef0',
    });
    expect(status).toBe(200);
    expect(body).toContain('<createTime>2026-01-01T00:00:00.000Z</createTime>');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

it.each([
  ['--port', '99999'],
  ['--speed', '0'],
  ['--start', 'yesterday'],
  ['--seed', '-1'],
  ['--upstream', 'moto'],
  ['--events-queue', 'queue'],
])('refuses %s %s', async (option, value) => {
  const { exitCode, stderr } = await runCommand(['cloud', `${option}=${value}`]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(option);
  expect(stderr).toContain('must be');
});
