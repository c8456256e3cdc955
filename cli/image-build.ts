import { execFileSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { BuildablePool } from '../account/build-image-variables.ts';
import { DeclarationError, type Problem } from '../pool/declaration-error.ts';
import { loadFleet } from '../pool/load.ts';
import { nearest, suggestion } from '../pool/nearest.ts';
import { parseDuration } from '../pool/parse-units.ts';
import type { Fleet } from '../pool/pool.ts';

interface Options {
  readonly config: string;
  readonly all?: true;
  readonly layer: 'auto' | 'base' | 'worker' | 'both';
  readonly timeLimit: string;
  readonly out: string;
  readonly dryRun?: true;
  readonly provision: boolean;
}

export function imageBuildCommand(): Command {
  return new Command('build')
    .description("build a pool's image with Packer, in each of its regions and architectures")
    .argument('[pools...]', 'the pools')
    .option('--all', 'every pool that declares image.build')
    .addOption(
      new Option(
        '--layer <layer>',
        'auto builds the base layer too where it is absent or older than 30 days',
      )
        .choices(['auto', 'base', 'worker', 'both'])
        .default('auto'),
    )
    .option('--time-limit <duration>', 'longest time for one run of Packer', '60m')
    .option('--out <folder>', 'where variables, manifests and records go', 'image.out')
    .option('--dry-run', 'write the variables and say what would run; build nothing')
    .option('--no-provision', 'make an image of the source as it is, where no machine boots')
    .option('--config <file>', 'the declaration', 'muster.yaml')
    .action(async (names: string[], options: Options) => {
      const fleet = loadFleet(options.config);
      const limit = parseDuration(options.timeLimit);
      if (!limit.ok || limit.value < 60 || limit.value > 86_400) {
        throw refused('--time-limit', `got ${options.timeLimit}; allowed: 1m to 1d, such as 60m`);
      }
      const chosen = choose(fleet, names, options);
      const { buildImage } = await import('../account/build-image.ts');
      const interrupt = new AbortController();
      const abort = () => interrupt.abort();
      process.once('SIGINT', abort);
      process.once('SIGTERM', abort);
      const gitCommit = findCommit(options.config);
      const failures: string[] = [];
      for (const buildable of chosen) {
        try {
          const record = await buildImage(fleet, buildable, {
            layers: options.layer,
            limitSeconds: limit.value,
            out: resolve(options.out),
            gitCommit,
            dryRun: options.dryRun === true,
            now: new Date(),
            provision: options.provision,
            say: (line) => process.stdout.write(`${line}\n`),
            signal: interrupt.signal,
          });
          for (const [region, images] of Object.entries(record?.images ?? {})) {
            for (const [architecture, id] of Object.entries(images)) {
              process.stdout.write(`${buildable.pool.name} ${region} ${architecture}: ${id}\n`);
            }
          }
        } catch (error) {
          // One pool's image that fails keeps no other pool from its own.
          failures.push((error as Error).message);
          process.stderr.write(`muster: ${(error as Error).message}\n`);
          if (interrupt.signal.aborted) break;
        }
      }
      process.off('SIGINT', abort);
      process.off('SIGTERM', abort);
      if (failures.length > 0) process.exitCode = 1;
    });
}

/** @throws {DeclarationError} for a pool that is not there, or whose image is not built from here. */
function choose(fleet: Fleet, names: readonly string[], { all, config }: Options): BuildablePool[] {
  const buildable = fleet.pools.flatMap((pool): BuildablePool[] => {
    const { imageBuild: options, worker } = pool;
    return options === undefined || worker === undefined ? [] : [{ pool, options, worker }];
  });
  const known = buildable.map(({ pool }) => pool.name);
  const list = known.length === 0 ? 'none declares image.build' : known.join(', ');
  if (all === true && names.length === 0) {
    if (known.length > 0) return buildable;
    throw refused('--all', `got no pool to build for; allowed: pools with image.build`, config);
  }
  if (all === true || names.length === 0) {
    throw refused(
      'pools',
      `got ${all ? 'pools and --all' : 'no pool'}; allowed: ${list}, or --all`,
      config,
    );
  }
  const problems: Problem[] = names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: 'pools',
      position: null,
      message: `got ${name}, which declares no image.build; allowed: ${list}${suggestion(nearest(name, known))}`,
    }));
  if (problems.length > 0) throw new DeclarationError(config, problems);
  return buildable.filter(({ pool }) => names.includes(pool.name));
}

function refused(path: string, message: string, file = 'muster image build'): DeclarationError {
  return new DeclarationError(file, [{ path, position: null, message }]);
}

/** Of the declaration's repository, with `-dirty` where it has changes; CodeBuild gives no repository. */
function findCommit(config: string): string {
  const git = (...parameters: string[]) =>
    execFileSync('git', parameters, {
      cwd: dirname(resolve(config)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000,
    }).trim();
  try {
    const commit = git('rev-parse', 'HEAD');
    return git('status', '--porcelain') === '' ? commit : `${commit}-dirty`;
  } catch {
    return process.env.CODEBUILD_RESOLVED_SOURCE_VERSION ?? 'unknown';
  }
}
