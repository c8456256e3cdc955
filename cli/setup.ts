import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import type { FoundNetwork } from '../account/find-network.ts';
import { DeclarationError } from '../pool/declaration-error.ts';
import { parseFleet } from '../pool/load.ts';
import { suggestion } from '../pool/nearest.ts';
import { nearestRegion, regionPattern } from '../pool/region-name.ts';
import type { Seconds } from '../pool/units.ts';
import { timeoutOption, untilStopped } from './until-stopped.ts';

interface SetupCommandOptions {
  readonly config: string;
  readonly region?: string;
  readonly vpc?: string;
  readonly fleet?: string;
  readonly stateBucket?: string | true;
  readonly timeout: Seconds;
}

export function setupCommand(): Command {
  return new Command('setup')
    .description("Write a first declaration from an account's VPC and subnets")
    .option('--config <file>', 'where to write it; a file that exists is left alone', 'muster.yaml')
    .option('--region <region>', 'where workers run (default: AWS_REGION)', parseRegion)
    .option('--vpc <id>', 'the VPC (default: the default VPC, or else the only one)')
    .option('--fleet <name>', 'name of the fleet (default: one that no other has)')
    .option(
      '--state-bucket [name]',
      'make a versioned, encrypted bucket for the state of Terraform (default: FLEET-state-ACCOUNT)',
    )
    .addOption(timeoutOption('how long it may take', 2 * 60))
    .action(async (options: SetupCommandOptions, command: Command) => {
      const refuse = (message: string): never =>
        command.error(`error: ${message}`, { exitCode: 2 });
      const { config } = options;
      if (existsSync(config)) refuse(`${config} exists; move it, or name another with --config`);
      const region = options.region ?? regionOfEnvironment(refuse);
      const account = await import('../account/find-network.ts');
      const signal = untilStopped(options.timeout);
      const networks = await account.findNetworks(region, signal);
      const network = chosen(networks, options.vpc, region, refuse);
      const fleet = options.fleet ?? `fleet-${randomBytes(4).toString('hex')}`;
      const stateBucket =
        options.stateBucket === true
          ? `${fleet}-state-${network.accountId}`
          : (options.stateBucket ?? null);
      const { firstDeclaration, firstQueueName } = await import('../account/first-declaration.ts');
      const text = firstDeclaration({ fleet, region, network, stateBucket });
      try {
        // A wrong name is told before anything is made.
        parseFleet(text, config);
      } catch (error) {
        if (error instanceof DeclarationError) {
          throw new DeclarationError(
            'muster setup',
            error.problems.map((problem) => ({ ...problem, position: null })),
          );
        }
        throw error;
      }
      if (stateBucket !== null) {
        const { makeStateBucket } = await import('../account/make-state-bucket.ts');
        await makeStateBucket(stateBucket, region, signal);
        process.stdout.write(`Made bucket ${stateBucket} in ${region}\n`);
      }
      writeFileSync(config, text, { flag: 'wx' });
      process.stdout.write(
        `Wrote ${config}: fleet ${fleet}, ${region}, ${network.vpcId} with ` +
          `${network.subnets.length} subnets\nNext: replace what is marked MINE; make the queue:\n` +
          `  aws sqs create-queue --region ${region} --queue-name ${firstQueueName(fleet)}\n`,
      );
    });
}

function parseRegion(text: string): string {
  if (regionPattern.test(text)) return text;
  throw new InvalidArgumentError(
    `Allowed: a region such as eu-west-1${suggestion(nearestRegion(text))}`,
  );
}

function regionOfEnvironment(refuse: (message: string) => never): string {
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? '';
  if (region === '') return refuse('no region; give --region, or set AWS_REGION');
  if (regionPattern.test(region)) return region;
  return refuse(`AWS_REGION is ${region}; allowed: a region such as eu-west-1`);
}

function chosen(
  networks: readonly FoundNetwork[],
  vpcId: string | undefined,
  region: string,
  refuse: (message: string) => never,
): FoundNetwork {
  const known = networks.map(({ vpcId: id }) => id).join(', ') || 'none';
  const byDefault = networks[0]?.isDefault || networks.length === 1 ? networks[0] : undefined;
  const network = vpcId === undefined ? byDefault : networks.find((one) => one.vpcId === vpcId);
  if (network === undefined) {
    const which = vpcId === undefined ? 'no default VPC' : `no VPC ${vpcId}`;
    return refuse(`${which} in ${region}; give --vpc, one of: ${known}`);
  }
  if (network.subnets.length > 0) return network;
  return refuse(`${network.vpcId} in ${region} has no subnet; give --vpc, one of: ${known}`);
}
