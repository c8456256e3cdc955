import { describe, expect, it } from 'vitest';
import { runCommand } from '../harness/run-command.ts';
import { readText, tableOf } from './markdown.ts';

const groups = ['image', 'queue', 'token'];

/** Commands that a help text lists, without `help` itself. */
async function listed(words: readonly string[]): Promise<string[]> {
  const { stdout } = await runCommand([...words, '--help']);
  const [, commands = ''] = stdout.split('\nCommands:\n');
  const names = [...commands.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name ?? '');
  return names.filter((name) => name !== 'help');
}

describe('the table of commands in README.md', () => {
  const rows = tableOf(readText('README.md'), '## Commands')
    .filter(([first]) => first?.startsWith('`'))
    .map(([first = '', does = '']) => ({
      command: first.replace(/^`|( (-|\[|[A-Z]).*)?`$/g, ''),
      does,
    }));
  const named = rows.map(({ command }) => command);

  it('has each command, and no other', async () => {
    const all = await listed([]);
    expect(all.length).toBeGreaterThan(15);
    const single = all.filter((name) => !groups.includes(name));
    expect(named.filter((command) => !command.includes(' ')).sort()).toEqual(single.sort());
    const firstWords = named
      .filter((command) => command.includes(' '))
      .map((it) => it.split(' ')[0]);
    expect([...new Set(firstWords)].sort()).toEqual(groups);
  });

  it.each(groups)('has what belongs to %s', async (group) => {
    const ofGroup = rows.filter(({ command }) => command.startsWith(`${group} `));
    const told = ofGroup.flatMap(({ command, does }) => [
      command.slice(group.length + 1),
      ...[...does.matchAll(/`([a-z]+)`/g)].map(([, word]) => word ?? ''),
    ]);
    expect(told.sort()).toEqual((await listed([group])).sort());
  });
});
