/** The form of a pool's image. */
import * as z from 'zod';
import { rejected } from './finding.ts';
import { rangeOf } from './schema-network.ts';
import { checkedText, list, mapping, record, size, text, words } from './schema-parts.ts';
import { awsId, kmsKeyArn } from './schema-text.ts';
import { imageBases } from './worker-kind.ts';

/** The keys of an image, one of which says where it comes from. */
export const imageSources = ['id', 'ids', 'ssm', 'amiSet', 'owners'] as const;

const expressionForm = 'a regular expression such as ^[^/]+/worker-(\\d+)$, up to 500 characters';

function expressionProblem(written: string): string | null {
  if (written === '' || written.length > 500) return rejected(written, expressionForm);
  try {
    new RegExp(written);
    return null;
  } catch (error) {
    return rejected(written, `${expressionForm} (${(error as Error).message})`);
  }
}

const instanceType = text('an instance type such as t3.small', /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 64);

const buildSchema = mapping({
  base: words(imageBases, { synonyms: { ubuntu: 'ubuntu-24.04', 'amazon-linux': 'al2023' } })
    .describe('Distribution of the base layer.')
    .prefault('ubuntu-24.04'),
  from: mapping({
    x86_64: awsId('ami').describe('Image for x86_64.').optional(),
    arm64: awsId('ami').describe('Image for arm64.').optional(),
  })
    .describe("Images of that distribution to start from. Default: the distribution's newest.")
    .optional(),
  connect: words(['session-manager', 'ssh'])
    .describe(
      'How the build reaches its machine. Default: Session Manager with imageBuild, else ssh.',
    )
    .optional(),
  sshFrom: list(rangeOf('an IPv4 range such as 203.0.113.7/32', 8, 32), 20, 'IPv4 ranges')
    .describe('With ssh: who may reach the machine. Default: the address of whoever builds.')
    .optional(),
  instanceTypes: mapping({
    x86_64: instanceType.describe('Type of the machine for x86_64.').prefault('t3.small'),
    arm64: instanceType.describe('Type of the machine for arm64.').prefault('t4g.small'),
  })
    .describe('Types of the machines that images are built on.')
    .prefault({}),
  subnet: awsId('subnet')
    .describe('Subnet to build in, with a way to the internet. Default: one of the default VPC.')
    .optional(),
  kmsKeys: record(kmsKeyArn, { key: z.string(), minimum: 1, maximum: 40, of: 'regions' })
    .describe("Key of the image by region. Default: the account's own for EBS.")
    .optional(),
  root: size(8, 1_024).describe('Size of its root volume.').prefault('8GiB'),
  debugPublicKey: text(
    'an ssh public key such as ssh-ed25519 AAAA... name',
    /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*( [\w.@-]+)?$/,
    1_000,
  )
    .describe('Lets its owner in on every worker, to debug. Default: nobody.')
    .optional(),
  ansibleVersion: text('a version such as 2.19.14', /^\d+\.\d+\.\d+$/, 32)
    .describe('Version of ansible-core that runs on the machine during the build.')
    .prefault('2.19.14'),
}).describe(
  'Build the image with npx muster image build. With ssm, amiSet or owners. Default: it is made elsewhere.',
);

export const imageSchema = mapping({
  id: awsId('ami').describe('Image of a pool with one region and one architecture.').optional(),
  ids: record(
    mapping({
      x86_64: awsId('ami').describe('Image for x86_64.').optional(),
      arm64: awsId('ami').describe('Image for arm64.').optional(),
    }),
    { key: z.string(), minimum: 1, maximum: 40, of: 'regions' },
  )
    .describe('Image ids by region and architecture.')
    .optional(),
  ssm: text(
    'the name of an SSM parameter such as /muster/ci/linux/{arch}',
    /^\/?([\w.-]|\{arch\})+(\/([\w.-]|\{arch\})+)*$/,
    1_011,
  )
    .describe(
      'SSM parameter that holds the image id. {arch} stands for x86_64 or arm64; a pool of both ' +
        'architectures reads NAME/x86_64 and NAME/arm64 when the name has no {arch}.',
    )
    .optional(),
  amiSet: text('the name of an AMI set such as linux, or linux-{arch}', /^([\w.-]|\{arch\})+$/, 128)
    .describe(
      'AMI set of the API, which has an image for each region. {arch} stands for x86_64 or arm64; a ' +
        'pool of both architectures needs it. muster synth --state reads it, or muster image resolve ' +
        '--state pins it.',
    )
    .optional(),
  owners: list(
    text('an account id in quotes, self, amazon or aws-marketplace', /^(\d{12}|[a-z][a-z-]*)$/, 64),
    20,
    'owners',
  )
    .describe(
      'The last image of these owners (account ids, self, amazon, aws-marketplace), which muster image ' +
        'resolve finds and pins.',
    )
    .optional(),
  locationRegex: checkedText(expressionForm, expressionProblem)
    .describe(
      'With owners: only images whose location (OWNER/NAME) matches; its first group sorts them, ' +
        'as numbers where all are. Default: all, sorted by location.',
    )
    .optional(),
  build: buildSchema.optional(),
})
  .refine((image) => imageSources.some((source) => image[source] !== undefined), {
    error: `got none of ${imageSources.join(', ')}; allowed: one of them`,
  })
  .meta({ oneOf: imageSources.map((source) => ({ required: [source] })) })
  .describe('The image of the workers: id, ids, ssm, amiSet or owners.');
