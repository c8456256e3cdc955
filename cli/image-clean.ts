import { Command, InvalidArgumentError } from 'commander';
import type { NamedImage } from '../account/named-images.ts';
import { DeclarationError } from '../pool/declaration-error.ts';
import { lockFileOf } from '../pool/image-lock.ts';
import { loadFleet } from '../pool/load.ts';
import { parseDuration } from '../pool/parse-units.ts';
import type { Fleet } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { systemClock } from '../scaler/system-clock.ts';
import { type DefinitionSource, sourceOption, storedDefinitions } from './stored-definitions.ts';
import { timeoutOption, untilStopped } from './until-stopped.ts';

interface Options {
  readonly config: string;
  readonly keep: number;
  readonly olderThan: Seconds;
  readonly dryRun?: true;
  readonly state?: DefinitionSource;
  readonly timeout: Seconds;
}

const day: Seconds = 86_400;

export function imageCleanCommand(): Command {
  return new Command('clean')
    .description('remove old images of the fleet that nothing uses, with their snapshots')
    .option(
      '--keep <number>',
      'newest images of each pool and architecture that stay',
      parseKeep,
      3,
    )
    .option('--older-than <duration>', 'younger ones stay', parseAge, 30 * day)
    .option('--dry-run', 'list what would go and why; remove nothing')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .addOption(sourceOption('--state', 'images of AMI sets and worker types stay, of'))
    .addOption(timeoutOption('how long it may take', 20 * 60))
    .addHelpText(
      'after',
      '\nAn image stays that an instance, a launch template in any version, a group, an SSM parameter\n' +
        '(its canary, and the image before the present one, too), the lock file, an AMI set or a share\n' +
        'with another account uses, or that is protected from deregistration. Half-copied ones go a day\n' +
        'after, as do the machine, key and security group of a build that died; an image whose deployment\n' +
        'was taken back does not count among the newest.\n' +
        'Exit code 1: a region failed, and keeps what it has; the others are done.',
    )
    .action(async (options: Options) => {
      const fleet = loadFleet(options.config);
      refuseWithoutSets(fleet, options);
      const named = await namedImages(fleet, options);
      const { cleanImages } = await import('../account/clean-images.ts');
      const tell = (line: string) => process.stdout.write(`${line}\n`);
      const doing = options.dryRun ? 'would remove' : 'removes';
      const { images, snapshots, machines, failures } = await cleanImages(
        {
          fleet,
          retention: {
            keep: options.keep,
            olderThan: options.olderThan,
            now: systemClock.now(),
          },
          named,
          dryRun: options.dryRun === true,
          onImage: ({ item, removes, because }) =>
            tell(
              `${item.region} ${removes ? doing : 'keeps'} ${item.id} (${item.name}): ${because}`,
            ),
          onSnapshot: ({ item, removes, because }) =>
            tell(`${item.region} ${removes ? doing : 'keeps'} ${item.id}: ${because}`),
          onMachine: ({ item, removes, because }) =>
            tell(
              `${item.region} ${removes ? doing : 'keeps'} ${item.items.join(', ')}: ${because}`,
            ),
          onGone: (region, image, by) =>
            process.stderr.write(
              `muster: ${region}: ${by} names ${image}, which is not there: launches of it fail; deploy another\n`,
            ),
          onFailure: (region, message) => process.stderr.write(`muster: ${region}: ${message}\n`),
        },
        untilStopped(options.timeout),
      );
      if (machines > 0) tell(`${machines} left by builds that died removed`);
      tell(`${images} images and ${snapshots} snapshots removed`);
      if (failures > 0) process.exitCode = 1;
    });
}

/** Without the API's sets nobody can say which images they name. */
function refuseWithoutSets({ pools }: Fleet, { config, state }: Options): void {
  const pool = pools.find(({ image }) => image.kind === 'ami-set');
  if (pool === undefined || state !== undefined) return;
  throw new DeclarationError(config, [
    {
      path: `pools.${pool.name}.image.amiSet`,
      position: null,
      message: 'got no --state; allowed: the store or server whose AMI sets are to be kept',
    },
  ]);
}

async function namedImages(fleet: Fleet, { config, state }: Options): Promise<NamedImage[]> {
  const { declaredImages } = await import('../account/named-images.ts');
  const named = declaredImages(fleet, lockFileOf(config));
  if (state === undefined) return named;
  const { amiSets, workerTypes, unreadable } = await storedDefinitions(state, fleet);
  if (unreadable.length > 0) {
    throw new Error(`worker types that cannot be read may use images: ${unreadable.join(', ')}`);
  }
  const addAll = (value: unknown, by: string) => {
    for (const [id] of JSON.stringify(value).matchAll(/\bami-[0-9a-z]+\b/g)) {
      named.push({ id, by, region: null });
    }
  };
  for (const [name, set] of amiSets) addAll(set, `AMI set ${name}`);
  for (const { workerType, definition } of workerTypes)
    addAll(definition, `worker type ${workerType}`);
  return named;
}

function parseKeep(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 1_000) return count;
  throw new InvalidArgumentError('Allowed: a whole number from 1 to 1000.');
}

function parseAge(text: string): Seconds {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.problem);
  if (parsed.value >= day) return parsed.value;
  throw new InvalidArgumentError('Allowed: 1d or longer: a build may still run.');
}
