import { Command } from 'commander';

/**
 * Each subcommand is one file here; what it does lives in the other folders. Only the one that is asked
 * for is loaded, and it loads in turn only what it needs: that is most of the time that a short one takes.
 */
const subcommands: Readonly<Record<string, () => Promise<Command>>> = {
  validate: async () => (await import('./validate.ts')).validateCommand(),
  schema: async () => (await import('./schema.ts')).schemaCommand(),
  image: async () => (await import('./image.ts')).imageCommand(),
  synth: async () => (await import('./synth.ts')).synthCommand(),
  run: async () => (await import('./run.ts')).runCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  token: async () => (await import('./token.ts')).tokenCommand(),
  pull: async () => (await import('./pull.ts')).pullCommand(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  decide: async () => (await import('./decide.ts')).decideCommand(),
  convert: async () => (await import('./convert.ts')).convertCommand(),
  cost: async () => (await import('./cost.ts')).costCommand(),
  prices: async () => (await import('./prices.ts')).pricesCommand(),
  queue: async () => (await import('./queue.ts')).queueCommand(),
  simulate: async () => (await import('./simulate.ts')).simulateCommand(),
  drain: async () => (await import('./drain.ts')).drainCommand(),
  cleanup: async () => (await import('./cleanup.ts')).cleanupCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  verify: async () => (await import('./verify.ts')).verifyCommand(),
  setup: async () => (await import('./setup.ts')).setupCommand(),
  cloud: async () => (await import('./cloud.ts')).cloudCommand(),
};

/**
 * Runs `muster WORDS`, and ends the process where something is wrong: 2 for what a person can mend, 1
 * for the rest.
 */
export async function muster(words: readonly string[]): Promise<void> {
  try {
    const program = new Command('muster')
      .description(
        'Worker pools on EC2: one declaration, its Terraform, and the scaler that runs it',
      )
      .showHelpAfterError()
      .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
    for (const load of wantedBy(words)) {
      const command = (await load()).copyInheritedSettings(program);
      for (const nested of command.commands) nested.copyInheritedSettings(command);
      program.addCommand(command);
    }
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    const { failWith } = await import('./failure.ts');
    failWith(error);
  }
}

/** The one that the first word names; all of them, in this order, for help and where it names none. */
function wantedBy([first = '']: readonly string[]): readonly (() => Promise<Command>)[] {
  const one = Object.hasOwn(subcommands, first) ? subcommands[first] : undefined;
  return one === undefined ? Object.values(subcommands) : [one];
}
