/** What the declaration tells the agent, by way of user data; and the agent's unit. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
