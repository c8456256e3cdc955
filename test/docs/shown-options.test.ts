import { describe, expect, it } from 'vitest';
import { projectFiles } from '../architecture/project-files.ts';
import { runCommand } from '../harness/run-command.ts';

/** `npx muster WORDS` in a page, up to what ends a command line there. */
const shown = /npx muster ([^`\n|;&#]*)/g;

/** A command's help, by its words; the last of them may be a parameter of it, which changes nothing. */
const helps = new Map<string, Promise<string>>();
function helpOf(words: readonly string[]): Promise<string> {
  const key = words.join(' ');
  const help = helps.get(key) ?? runCommand([...words, '--help']).then(({ stdout }) => stdout);
  helps.set(key, help);
  return help;
}

/** What a line says of options that its command does not have. */
async function faultsOf(line: string): Promise<string[]> {
  const words = line.trim().split(/\s+/);
  const options = words.flatMap((word) => /^--[a-z][a-z-]+/.exec(word)?.[0] ?? []);
  if (options.length === 0) return [];
  const firstOption = words.findIndex((word) => word.startsWith('-'));
  const [command = '', second] = words.slice(0, firstOption);
  const nested = ['image', 'queue', 'token'].includes(command) && second !== undefined;
  const help = await helpOf(nested ? [command, second] : [command]);
  return options
    .filter((option) => !new RegExp(`(^|[\\s,])${option}($|[\\s,=])`, 'm').test(help))
    .map((option) => `muster ${line.trim()}: there is no ${option}`);
}

describe('command lines in documents', () => {
  it.each(['image deploy linux --levitate', 'run --once --levitate'])(
    'of which "%s" has an option that does not exist',
    async (line) => {
      expect(await faultsOf(line)).toEqual([`muster ${line}: there is no --levitate`]);
    },
  );

  it('have options that exist', async () => {
    const lines = projectFiles()
      .filter(({ path }) => path.endsWith('.md'))
      .flatMap(({ path, text }) =>
        [...text.replace(/\\\n\s*/g, ' ').matchAll(shown)].map(([, line]) => ({ path, line })),
      );
    expect(lines.length).toBeGreaterThan(50);
    const faults: string[] = [];
    for (const { path, line = '' } of lines) {
      faults.push(...(await faultsOf(line)).map((fault) => `${path}: ${fault}`));
    }
    expect(faults).toEqual([]);
  });
});
