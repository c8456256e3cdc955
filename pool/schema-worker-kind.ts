/** The form of what a pool's workers run. Rules between its keys: `rules-worker-kind.ts`. */
import * as z from 'zod';
import { list, mapping, record, text, trueOrFalse, wholeNumber, words } from './schema-parts.ts';
import { httpUrl } from './schema-text.ts';

/** The keys that say what the worker is, one of which is given. */
export const workerKinds = ['concourse', 'buildbot', 'github', 'gitea', 'command'] as const;

const secret = text(
  'where a secret is kept, such as ssm:/muster/ci/worker-key or secretsmanager:ci/worker-key',
  /^(ssm:\/?[\w.-]+(\/[\w.-]+)*|secretsmanager:[\w/+=.@:-]+)$/,
  2_048,
);

const host = text(
  'the name or address of a host',
  /^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/,
  253,
);

const word = (what: string) => text(what, /^[\w.-]+$/, 128);

const labels = list(
  text('a label such as linux, or linux:docker://IMAGE', /^[\w.-]+(:[\w./:@-]+)?$/, 256),
  50,
  'labels',
);

const secretName = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/);

const concourse = mapping({
  host: host.describe('Host of the scheduler (TSA), to which the worker connects.'),
  port: wholeNumber(1, 65_535, 'a port').describe('Port of the scheduler (TSA).').prefault(2_222),
  tag: word('a tag such as fast-storage')
    .describe('Only tasks with this tag run on it. Default: those without a tag.')
    .optional(),
  team: word('the name of a team')
    .describe("The team whose tasks it runs. Default: every team's.")
    .optional(),
  hostKey: secret.describe("Where the scheduler's public key is kept."),
  workerKey: secret.describe("Where the worker's private key is kept."),
}).describe('A Concourse worker. Default: none.');

const buildbot = mapping({
  master: text(
    'HOST:PORT such as buildbot.example.com:9989',
    /^[A-Za-z0-9.-]+:[0-9]{1,5}$/,
    260,
  ).describe("Host and port of the master's worker port."),
  name: text(
    'a name of letters, digits and ._-, in which {instance} is the instance id',
    /^([\w.-]|\{instance\})+$/,
    100,
  )
    .describe('Name of a worker. {instance} stands for the id of its instance.')
    .prefault('{instance}'),
  password: secret.describe('Where the password of the workers is kept.'),
}).describe('A Buildbot worker. Default: none.');

const github = mapping({
  url: text(
    'the URL of an organization or repository such as https://github.com/example',
    /^https?:\/\/[A-Za-z0-9.:-]+(\/[\w.-]+){1,2}$/,
    500,
  ).describe('The organization or repository whose jobs it runs.'),
  labels: labels.describe('Labels that jobs ask for.'),
  runnerGroup: wholeNumber(1, 2_147_483_647, 'the id of a group')
    .describe('Id of the runner group.')
    .prefault(1),
  token: secret.describe('Where a token is kept that may register runners.'),
}).describe('A GitHub Actions runner for one job, registered just in time. Default: none.');

const gitea = mapping({
  url: httpUrl.describe('The Gitea instance.'),
  labels: labels.describe('Labels that jobs ask for.'),
  token: secret.describe('Where a registration token is kept.'),
}).describe('A Gitea Actions runner, registered just in time. Default: none.');

const command = mapping({
  run: text(
    'a command with the path of its program, on one line',
    /^\/[^\s'"`$\\;&|<>]+( [^\n\r]*)?$/,
    1_000,
  ).describe('The command, started by systemd as user muster.'),
  busy: text('a command of a shell on one line', /^[^\s][^\n\r]*$/, 1_000)
    .describe(
      'Prints how many of its task slots are busy, within 5 s. bash runs it as root. Default: it counts as 1 busy slot as long as it runs.',
    )
    .optional(),
  secrets: record(secret, { key: secretName, minimum: 1, maximum: 20, of: 'secrets' })
    .describe(
      'Secrets by the name of the file in CREDENTIALS_DIRECTORY that holds each. Default: none.',
    )
    .optional(),
}).describe('Any command that takes tasks by itself. Default: none.');

export const workerKindSchema = mapping({
  concourse: concourse.optional(),
  buildbot: buildbot.optional(),
  github: github.optional(),
  gitea: gitea.optional(),
  command: command.optional(),
  version: text('a version such as 7.14.0', /^[0-9][0-9A-Za-z.+-]*$/, 64)
    .describe('Version of its software. Not with command. Default: as versionFrom says.')
    .optional(),
  versionFrom: httpUrl
    .describe(
      'Scheduler that says its version at /api/v1/info, asked at each build. In place of version. Default: none.',
    )
    .optional(),
  singleUse: trueOrFalse()
    .describe('End after one task. Default: true for github and gitea, else false.')
    .optional(),
  filesystem: words(['btrfs', 'ext4'])
    .describe('Filesystem that is made on a blank data volume.')
    .prefault('btrfs'),
  localDevice: trueOrFalse()
    .describe('Take a disk of the instance: /dev/xvdg, then /dev/local0, then device.')
    .prefault(false),
  device: text(
    'nodevice, or a device such as /dev/sdf',
    /^(nodevice|\/dev\/[a-z0-9][a-z0-9/]*)$/,
    64,
  )
    .describe('Device of the data volume. nodevice: that of disk.data, else no volume for data.')
    .prefault('nodevice'),
})
  .refine((worker) => workerKinds.some((kind) => worker[kind] !== undefined), {
    error: `got none of ${workerKinds.join(', ')}; allowed: one of them`,
  })
  .meta({ oneOf: workerKinds.map((kind) => ({ required: [kind] })) })
  .describe('What a worker runs, which its image brings. Default: whatever the image has.');
