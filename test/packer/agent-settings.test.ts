/** What the declaration tells the agent, by way of user data; and the agent's unit. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ansibleVariables } from '../../account/build-image-variables.ts';
import { parseDeclaration } from '../../pool/load.ts';
import { workerEnvironment } from '../../stacks/user-data.ts';
import { missingParts } from '../harness/missing-part.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { smallest } from '../stacks/declarations.ts';

function environmentOf(change: string) {
  const text = smallest.replace('market: spot', `market: spot\n    ${change}`);
  const { fleet } = parseDeclaration(text, 'muster.yaml');
  return workerEnvironment(fleet, fleet.regions[0]!.name, fleet.pools[0]!);
}

describe('the settings of the agent', () => {
  it('say for how long a worker may be alone, where that is declared', () => {
    const name = 'MUSTER_ORPHAN_AFTER_SECONDS';
    expect(environmentOf('lifecycle: { orphanAfter: 45m }')[name]).toBe('2700');
    expect(environmentOf('')[name]).toBeUndefined();
    expect(() => environmentOf('lifecycle: { orphanAfter: 30s }')).toThrow(
      /orphanAfter.*1m to 1d/s,
    );
  });
});

describe("the image's settings", () => {
  it('have the command that says how busy a command is, where it is declared', () => {
    const environment = (busy: string) => {
      const text = smallest.replace('/muster/ci/linux" }', '/muster/ci/linux", build: {} }');
      const worker = `    worker: { command: { run: /bin/x${busy} } }\n`;
      const [pool] = parseDeclaration(text + worker, 'muster.yaml').fleet.pools;
      const options = pool?.imageBuild;
      return ansibleVariables({ options: options!, worker: pool!.worker! }, null)
        .muster_worker_environment;
    };
    expect(environment('')).toEqual({ MUSTER_COMMAND: '/bin/x' });
    expect(environment(', busy: "ls | wc -l"')).toEqual({
      MUSTER_COMMAND: '/bin/x',
      MUSTER_BUSY_COMMAND: 'ls | wc -l',
    });
  });
});

describe('the defaults of the agent', () => {
  it('are those of its page', () => {
    const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');
    const scripts = readdirSync(join(projectRoot, 'packer/agent'))
      .filter((name) => name.endsWith('.sh'))
      .map((name) => read(`packer/agent/${name}`))
      .join('\n');
    const used = [...scripts.matchAll(/\$\{(MUSTER_\w+):-(\d+)\}/g)];
    const rows = read('docs/worker-agent.md').matchAll(/^\| `(MUSTER_\w+)` \| (\d+) \|/gm);
    const said = new Map([...rows].map(([, name = '', value = '']) => [name, value]));
    expect(Object.fromEntries(said)).toEqual({
      MUSTER_ORPHAN_AFTER_SECONDS: '1800',
      MUSTER_FAILURE_SECONDS: '180',
      MUSTER_KEEP_RUNNING_SECONDS: '86400',
      MUSTER_HEARTBEAT_INTERVAL_SECONDS: '10',
    });
    for (const [name, value] of said) {
      const defaults = used.filter((use) => use[1] === name).map((use) => use[2]);
      expect([name, new Set(defaults)]).toEqual([name, new Set([value])]);
    }
  });
});

const systemd = {
  name: 'systemd-analyze',
  install: 'install systemd',
  present: async () =>
    (await runProcess('bash', ['-c', 'command -v systemd-analyze'], { limitSeconds: 10 }))
      .exitCode === 0,
};

describe.skipIf(await missingParts([systemd]))('the unit of the agent', () => {
  it('has no fault that systemd sees', async () => {
    const folder = temporaryFolder('agent-unit');
    const path = join(folder.path, 'muster-agent.service');
    const text = readFileSync(join(projectRoot, 'packer/agent/muster-agent.service'), 'utf8');
    const verify = async (change: (text: string) => string) => {
      // Where the agent is on an image there is nothing here.
      writeFileSync(path, change(text).replace('/usr/lib/muster/agent', '/bin/true'));
      return runProcess('systemd-analyze', ['verify', path], { limitSeconds: 60 });
    };
    expect(await verify((unit) => unit)).toMatchObject({ exitCode: 0, stderr: '' });
    const misspelt = await verify((unit) => unit.replace('Restart=', 'Restrat='));
    expect(misspelt.stderr).toContain('Restrat');
    folder.remove();
  });
});
