import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig, type TestProjectConfiguration } from 'vitest/config';

/** Campaigns that take minutes; `npm run test:long` runs them. */
const long = 'test/**/*.long.test.ts';
/** What takes Packer, or a machine to provision; `npm test -- --images` runs them, as CI does. */
const images = 'test/**/*.image.test.ts';
const isAskedFor = (name: string) => process.env[name] === '1';
const leftOut = [
  ...(isAskedFor('MUSTER_LONG') ? [] : [long]),
  ...(isAskedFor('MUSTER_LONG') || isAskedFor('MUSTER_IMAGES') ? [] : [images]),
];

// What a person's shell says about AWS must not reach a test, and no test may reach an account. An
// empty variable is not the same as none: Python's SDK looks for a profile with an empty name.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('AWS_')) delete process.env[name];
}
Object.assign(process.env, {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'eu-west-1',
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
});

/** Tests wait for servers and processes almost half of their time. */
const atOnce = Math.ceil(1.5 * Math.max(2, availableParallelism()));

/**
 * Projects run in the order of `group`; those of one group run side by side, so that no core waits for
 * the last file of each. A `pure` one has files that leave nothing behind them in their process (no
 * environment, no server, no module with state): one process runs them all, and loads the code once.
 */
function project(
  name: string,
  include: string[],
  exclude: string[] = [],
  options: { group?: number; limitSeconds?: number; pure?: boolean; workers?: number } = {},
): TestProjectConfiguration {
  const { group = 0, limitSeconds = 30, pure = false, workers = atOnce } = options;
  return {
    test: {
      name,
      include,
      exclude: [...configDefaults.exclude, ...leftOut, ...exclude],
      pool: 'forks',
      testTimeout: limitSeconds * 1000,
      hookTimeout: limitSeconds * 1000,
      isolate: !pure,
      maxWorkers: workers,
      sequence: { groupOrder: group },
    },
  };
}

const property = 'test/**/*.property.test.ts';
const folder = (name: string) => `test/${name}/**/*.test.ts`;
const pure = ['pool', 'decide'].map(folder);
/** Its files share a folder that goes with the first of them. */
const traces = folder('sim/traces');
const special = [
  ...['architecture', 'golden', 'stacks', 'sim', 'contract', 'end-to-end'].map(folder),
  images,
];
/** Processes follow each other by their leases, in seconds: nothing may run beside them. */
const alone = 'test/end-to-end/failover*.test.ts';

export default defineConfig({
  test: {
    projects: [
      project('architecture', [folder('architecture')]),
      project('pure', pure, [property], { pure: true }),
      project('unit', ['test/**/*.test.ts'], [property, ...pure, ...special]),
      project('property', [property], special, { pure: true }),
      project('golden', [folder('golden')]),
      // Loading CDKTF's AWS provider takes longer than most of these tests.
      project('stacks', [folder('stacks')], [], { pure: true }),
      project('simulation', [folder('sim')], [traces], { limitSeconds: 120, pure: true }),
      project('traces', [traces], [], { limitSeconds: 120 }),
      project('contract', [folder('contract')], [], { limitSeconds: 90 }),
      project('end-to-end', [folder('end-to-end')], [alone, images], {
        limitSeconds: 300,
      }),
      project('images', [images], [], { group: 1, limitSeconds: 300 }),
      project('failover', [alone], [], { group: 2, limitSeconds: 300, workers: 1 }),
    ],
  },
});
