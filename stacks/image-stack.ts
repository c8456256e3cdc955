import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter/index.js';
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter/index.js';
import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { homeRegion } from '../pool/home-region.ts';
import type { ImageBuild } from '../pool/infrastructure.ts';
import { bucketPrefix, ownLogGroupName } from '../pool/names.ts';
import type { Architecture, Fleet, Region } from '../pool/pool.ts';
import { FleetStack } from './fleet-stack.ts';
import { addBuildProject } from './image-build-project.ts';
import { addBuildRoles } from './image-build-role.ts';
import { ownImageParameters } from './image-parameters.ts';
import { addPrivateBucket } from './private-bucket.ts';
import { shortHash } from './short-hash.ts';
import { fleetTags } from './tags.ts';

/** What a parameter names until an image is built: stock Amazon Linux, on which user data installs. */
const stockImage = (architecture: Architecture) =>
  `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`;

/**
 * What building worker images takes: in each region the SSM parameters that its pools read image ids
 * from; in the home region also the roles, the artifact bucket, the log and, where declared, the
 * CodeBuild project. Terraform makes a parameter and never sets it again: whoever deploys an image does, and
 * says in its description why.
 *
 * Outputs of the home region: `build_role_arn`, `builder_profile`, `artifact_bucket`.
 */
export class ImageStack extends FleetStack {
  constructor(scope: Construct, fleet: Fleet, region: Region, build: ImageBuild) {
    super(scope, `${fleet.name}-${region.name}-images`, {
      fleet,
      region: region.name,
      credentials: region.credentials,
    });
    for (const { name, architecture } of ownImageParameters(fleet, region.name)) {
      const id = `image-${shortHash(name)}`;
      const stock = new DataAwsSsmParameter(this, `${id}-stock`, {
        name: stockImage(architecture),
      });
      new SsmParameter(this, id, {
        name,
        description: `Image of workers of fleet ${fleet.name}, ${architecture}`,
        type: 'String',
        dataType: 'aws:ec2:image',
        insecureValue: stock.insecureValue,
        tags: fleetTags(fleet),
        lifecycle: { ignoreChanges: ['insecure_value', 'value', 'description'] },
      });
    }
    if (region.name === homeRegion(fleet).name) this.addBuild(fleet, build);
  }

  private addBuild(fleet: Fleet, build: ImageBuild): void {
    const tags = fleetTags(fleet);
    // Its id is what `accountIdReference` names.
    new DataAwsCallerIdentity(this, 'account');
    const log = new CloudwatchLogGroup(this, 'logs', {
      name: ownLogGroupName(fleet.name, 'ImageBuild'),
      retentionInDays: fleet.infrastructure.logRetentionDays,
      tags,
    });
    const bucket = addPrivateBucket(this, 'artifacts', {
      prefix: bucketPrefix(fleet.name, 'images'),
      kmsKeyArn: null,
      tags,
    });
    const { roleArn, profileName } = addBuildRoles(this, fleet, build, bucket.arn);
    if (build.every !== null) {
      addBuildProject(this, fleet, {
        every: build.every,
        roleArn,
        profileName,
        bucket: bucket.bucket,
        logGroup: log.name,
      });
    }
    for (const [name, description, value] of [
      ['build_role_arn', 'Role that builds images', roleArn],
      [
        'builder_profile',
        'Instance profile of the instances that images are built on',
        profileName,
      ],
      ['artifact_bucket', 'Bucket of sources and artifacts of builds', bucket.bucket],
    ] as const) {
      new TerraformOutput(this, name, { description, value });
    }
  }
}
