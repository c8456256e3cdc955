/** The `muster` command. Each subcommand is one file here; what it does lives in the other folders. */
import { Command } from 'commander';
import { checkCommand } from './check.ts';
import { cleanupCommand } from './cleanup.ts';
import { cloudCommand } from './cloud.ts';
import { convertCommand } from './convert.ts';
import { decideCommand } from './decide.ts';
import { drainCommand } from './drain.ts';
import { explainCommand } from './explain.ts';
import { failWith } from './failure.ts';
import { imageCommand } from './image.ts';
import { pricesCommand } from './prices.ts';
import { runCommand } from './run.ts';
import { schemaCommand } from './schema.ts';
import { setupCommand } from './setup.ts';
import { simulateCommand } from './simulate.ts';
import { synthCommand } from './synth.ts';
import { validateCommand } from './validate.ts';
import { verifyCommand } from './verify.ts';

const program = new Command('muster')
  .description('Worker pools on EC2: one declaration, its Terraform, and the scaler that runs it')
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

for (const command of [
  validateCommand(),
  schemaCommand(),
  imageCommand(),
  synthCommand(),
  runCommand(),
  explainCommand(),
  decideCommand(),
  convertCommand(),
  pricesCommand(),
  simulateCommand(),
  drainCommand(),
  cleanupCommand(),
  checkCommand(),
  verifyCommand(),
  setupCommand(),
  cloudCommand(),
]) {
  program.addCommand(command.copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  failWith(error);
}
