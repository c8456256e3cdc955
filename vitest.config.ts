import { configDefaults, defineConfig, type TestProjectConfiguration } from 'vitest/config';

/** Campaigns that take minutes; `npm run test:long` runs them. */
const long = process.env.MUSTER_LONG === '1' ? [] : ['test/**/*.long.test.ts'];

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

/** Projects run in the order of `group`, fast ones first; those of one group run side by side. */
function project(
  name: string,
  include: string[],
  exclude: string[] = [],
  options: { group?: number; limitSeconds?: number; sequential?: boolean } = {},
): TestProjectConfiguration {
  const { group = 0, limitSeconds = 30, sequential = false } = options;
  return {
    test: {
      name,
      include,
      exclude: [...configDefaults.exclude, ...long, ...exclude],
      pool: 'forks',
      testTimeout: limitSeconds * 1000,
      hookTimeout: limitSeconds * 1000,
      fileParallelism: !sequential,
      sequence: { groupOrder: group },
    },
  };
}

const property = 'test/**/*.property.test.ts';
const folder = (name: string) => `test/${name}/**/*.test.ts`;
const special = ['architecture', 'golden', 'sim', 'contract', 'end-to-end'].map(folder);

export default defineConfig({
  test: {
    projects: [
      project('architecture', [folder('architecture')]),
      project('unit', ['test/**/*.test.ts'], [property, ...special]),
      project('property', [property], special),
      project('golden', [folder('golden')]),
      project('simulation', [folder('sim')], [], { group: 1, limitSeconds: 120 }),
      project('contract', [folder('contract')], [], { group: 1, limitSeconds: 90 }),
      project('end-to-end', [folder('end-to-end')], [], {
        group: 2,
        limitSeconds: 300,
        sequential: true,
      }),
    ],
  },
});
