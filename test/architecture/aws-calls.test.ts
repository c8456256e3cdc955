import { describe, expect, it } from 'vitest';
import { awsCalls, sharedActions } from '../../pool/aws-calls.ts';
import { isTypeScript, runningCode } from './code.ts';
import { type ProjectFile, projectFiles } from './project-files.ts';

const adapters = projectFiles().filter(
  ({ path }) => path.startsWith('scaler/') && isTypeScript(path),
);

/** SDK commands that a file's code makes or pages through, as `package command`. */
function commandsIn({ text }: ProjectFile): readonly string[] {
  const code = runningCode(text);
  const imported = /^import \{([^}]*)\} from "(@aws-sdk\/client-[\w-]+)"/gm;
  return [...code.matchAll(imported)].flatMap(([, names = '', client]) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/ as .*/, ''))
      .map((name) => name.replace(/^(?:paginate|waitUntil)(\w+)$/, '$1Command'))
      .filter((name) => name.endsWith('Command'))
      .map((command) => `${client} ${command}`),
  );
}

describe('the one list of AWS calls', () => {
  const listed = awsCalls.map(({ client, command }) => `${client} ${command}`).sort();

  it('finds commands, and pages of them, in code', () => {
    const text = [
      "import { type Group, SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';",
      "import {\n  EC2Client,\n  paginateDescribeInstances,\n} from '@aws-sdk/client-ec2';",
      "import type { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';",
      'const used: Group = [SetDesiredCapacityCommand, EC2Client, paginateDescribeInstances];',
    ].join('\n');
    expect(commandsIn({ path: 'scaler/aws/sample.ts', text })).toEqual([
      '@aws-sdk/client-auto-scaling SetDesiredCapacityCommand',
      '@aws-sdk/client-ec2 DescribeInstancesCommand',
    ]);
  });

  it(`holds each command in the ${adapters.length} files of the scaler, and no other`, () => {
    expect(adapters.length).toBeGreaterThan(0);
    const used = [...new Set(adapters.flatMap(commandsIn))].sort();
    expect(used.length).toBeGreaterThan(0);
    expect(used).toEqual(listed);
  });

  it('names each once, as an IAM action with the name of its command', () => {
    expect(new Set(listed).size).toBe(listed.length);
    for (const { action, command } of awsCalls) {
      const shared = sharedActions[command];
      if (shared !== undefined) expect(action).toBe(shared);
      else expect(`${action.split(':')[1]}Command`).toBe(command);
    }
  });

  it('shares an action only between commands that it lists', () => {
    expect(Object.keys(sharedActions)).toEqual([
      'DeleteMessageBatchCommand',
      'TransactWriteItemsCommand',
    ]);
  });
});
