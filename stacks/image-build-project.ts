import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target/index.js';
import { CodebuildProject } from '@cdktf/provider-aws/lib/codebuild-project/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import type { TerraformStack } from 'cdktf';
import { stringify } from 'yaml';
import { eventQueueName, fleetWideName } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import type { Seconds } from '../pool/units.ts';
import { policyDocument } from './policy-document.ts';
import { fleetTags } from './tags.ts';

const packerVersion = '1.14.2';
/** "Install the Session Manager plugin on Amazon Linux", AWS Systems Manager user guide. It has no pinned address. */
const sessionManagerPlugin =
  'https://s3.amazonaws.com/session-manager-downloads/plugin/latest/linux_arm64/session-manager-plugin.rpm';
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

interface ProjectProps {
  readonly every: Seconds;
  readonly roleArn: string;
  readonly profileName: string;
  readonly bucket: string;
  readonly logGroup: string;
}

/**
 * Adds the CodeBuild project that builds every pool's image, and the rule that starts it. It runs
 * `muster image build` on `source.zip` of the artifact bucket: a clone of muster with the declaration.
 */
export function addBuildProject(stack: TerraformStack, fleet: Fleet, props: ProjectProps): void {
  const tags = fleetTags(fleet);
  const project = new CodebuildProject(stack, 'project', {
    name: fleetWideName(fleet.name, 'image-build'),
    description: `Builds the worker images of fleet ${fleet.name}`,
    serviceRole: props.roleArn,
    buildTimeout: 120,
    concurrentBuildLimit: 1,
    artifacts: { type: 'NO_ARTIFACTS' },
    source: { type: 'S3', location: `${props.bucket}/source.zip`, buildspec: buildSpecification() },
    environment: {
      type: 'ARM_CONTAINER',
      image: 'aws/codebuild/amazonlinux-aarch64-standard:3.0',
      computeType: 'BUILD_GENERAL1_SMALL',
      environmentVariable: [{ name: 'MUSTER_BUILDER_PROFILE', value: props.profileName }],
    },
    logsConfig: { cloudwatchLogs: { groupName: props.logGroup } },
    tags,
  });
  const starter = new IamRole(stack, 'starter', {
    name: `${fleetWideName(fleet.name, 'image-build')}-start`,
    assumeRolePolicy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'events.amazonaws.com' },
        },
      ],
    }),
    tags,
  });
  new IamRolePolicy(stack, 'starter-policy', {
    name: 'start',
    role: starter.name,
    policy: JSON.stringify(
      policyDocument([
        {
          Sid: 'Start',
          Effect: 'Allow',
          Action: ['codebuild:StartBuild'],
          Resource: [project.arn],
        },
      ]),
    ),
  });
  const rule = new CloudwatchEventRule(stack, 'schedule', {
    name: eventQueueName(fleet.name, 'image-build'),
    description: `Starts the image build of fleet ${fleet.name}`,
    scheduleExpression: rateOf(props.every),
    tags,
  });
  new CloudwatchEventTarget(stack, 'schedule-project', {
    rule: rule.name,
    targetId: 'project',
    arn: project.arn,
    roleArn: starter.arn,
  });
}

/** `rate(7 days)`: in the largest unit that is whole; EventBridge wants one of a unit in the singular. */
export function rateOf(every: Seconds): string {
  const units = [
    [day, 'day'],
    [hour, 'hour'],
    [minute, 'minute'],
  ] as const;
  const [seconds, unit] = units.find(([length]) => every % length === 0) ?? [minute, 'minute'];
  const count = Math.ceil(every / seconds);
  return `rate(${count} ${unit}${count === 1 ? '' : 's'})`;
}

function buildSpecification(): string {
  const archive = `packer_${packerVersion}_linux_arm64.zip`;
  const release = `https://releases.hashicorp.com/packer/${packerVersion}`;
  return stringify({
    version: 0.2,
    phases: {
      install: {
        'runtime-versions': { nodejs: 22 },
        commands: [
          `curl -fsSLO ${release}/${archive}`,
          `curl -fsSL ${release}/packer_${packerVersion}_SHA256SUMS | grep ${archive} | sha256sum -c`,
          `unzip -q ${archive} -d /usr/local/bin packer`,
          `command -v session-manager-plugin || dnf install -y -q ${sessionManagerPlugin}`,
          'npm ci',
        ],
      },
      build: { commands: ['npx muster image build --all'] },
    },
  });
}
