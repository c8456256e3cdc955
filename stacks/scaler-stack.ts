import { resolve } from 'node:path';
import { AutoscalingGroup } from '@cdktf/provider-aws/lib/autoscaling-group/index.js';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { DataAwsVpc } from '@cdktf/provider-aws/lib/data-aws-vpc/index.js';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table/index.js';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template/index.js';
import { S3Object } from '@cdktf/provider-aws/lib/s3-object/index.js';
import {
  SecurityGroup,
  type SecurityGroupEgress,
} from '@cdktf/provider-aws/lib/security-group/index.js';
import { AssetType, TerraformAsset, TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { homeRegion } from '../pool/home-region.ts';
import type { ScalerHost } from '../pool/infrastructure.ts';
import { bucketPrefix, fleetWideName, ownLogGroupName, securityGroupName } from '../pool/names.ts';
import type { Fleet } from '../pool/pool.ts';
import { sourcesOf } from '../pool/queues/declaration.ts';
import { sourcePorts } from '../pool/to-queue.ts';
import { addFleetKey } from './fleet-key.ts';
import { FleetStack } from './fleet-stack.ts';
import { addPrivateBucket } from './private-bucket.ts';
import { regionNetwork } from './region-network.ts';
import type { ScalerArtifacts } from './scaler-artifacts.ts';
import { addScalerRole } from './scaler-role.ts';
import { apiPort, scalerUserData } from './scaler-user-data.ts';
import { fleetTags } from './tags.ts';

/** Amazon Linux 2023 for Arm, as EC2 finds it at each launch. */
const image = 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64';

/** Stands for the bucket in the script until Terraform knows its name. */
const bucketMarker = '%BUCKET%';

/** One leads and one stands by. */
const instances = 2;

/**
 * The scaler in AWS, in the home region: its instances in a group that replaces them, the program and
 * declaration in a bucket, the table of its state, and the key that encrypts them.
 *
 * There are two instances, by default in two zones. The lease in the table says which of them leads.
 *
 * Outputs: `scaler_group`, `scaler_bucket`, `scaler_table`, `scaler_security_group_id`.
 */
export class ScalerStack extends FleetStack {
  constructor(scope: Construct, fleet: Fleet, host: ScalerHost, artifacts: ScalerArtifacts) {
    const region = homeRegion(fleet);
    super(scope, `${fleet.name}-scaler`, {
      fleet,
      region: region.name,
      credentials: region.credentials,
    });
    const tags = fleetTags(fleet);
    // Its id is what `accountIdReference` names.
    new DataAwsCallerIdentity(this, 'account');
    const keyArn = host.kmsKeyArn ?? addFleetKey(this, fleet, region.name);
    new CloudwatchLogGroup(this, 'logs', {
      name: ownLogGroupName(fleet.name, 'Scaler'),
      retentionInDays: fleet.infrastructure.logRetentionDays,
      kmsKeyId: keyArn,
      tags,
    });
    const table = this.addTable(fleet, keyArn);
    const bucket = addPrivateBucket(this, 'files', {
      prefix: bucketPrefix(fleet.name, 'scaler'),
      kmsKeyArn: keyArn,
      tags,
    });
    const files = Object.entries({
      'muster.mjs': artifacts.bundleFile,
      'muster.yaml': artifacts.declarationFile,
    }).map(([key, path]) => {
      const asset = new TerraformAsset(this, key.replace('.', '-'), {
        // cdktf takes a relative one to be beside a file of its own.
        path: resolve(path),
        type: AssetType.FILE,
      });
      return new S3Object(this, `file-${key.replace('.', '-')}`, {
        bucket: bucket.id,
        key,
        source: asset.path,
        sourceHash: asset.assetHash,
        tags,
      });
    });
    const profile = addScalerRole(this, fleet, {
      region: region.name,
      bucketArn: bucket.arn,
    });
    const network = regionNetwork(this, fleet, region);
    const securityGroupId = this.addSecurityGroup(fleet, host, network.vpcId);
    const script = Buffer.from(scalerUserData(fleet, region.name, bucketMarker)).toString('base64');
    const template = new LaunchTemplate(this, 'template', {
      name: fleetWideName(fleet.name, 'scaler'),
      updateDefaultVersion: true,
      imageId: image,
      instanceType: host.instanceType,
      iamInstanceProfile: { name: profile },
      vpcSecurityGroupIds: [securityGroupId],
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: { volumeType: 'gp3', volumeSize: 8, encrypted: 'true', deleteOnTermination: 'true' },
        },
      ],
      metadataOptions: {
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        httpPutResponseHopLimit: 1,
        instanceMetadataTags: 'disabled',
      },
      tagSpecifications: ['instance', 'volume'].map((resourceType) => ({ resourceType, tags })),
      userData: `\${base64encode(replace(base64decode("${script}"), "${bucketMarker}", ${bucket.fqn}.bucket))}`,
      tags,
    });
    const group = new AutoscalingGroup(this, 'group', {
      name: fleetWideName(fleet.name, 'scaler'),
      minSize: instances,
      maxSize: instances,
      vpcZoneIdentifier: network.subnetIds,
      launchTemplate: { id: template.id, version: '$Default' },
      healthCheckGracePeriod: 300,
      waitForCapacityTimeout: '0',
      tag: Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
      // The first instance finds its program there.
      dependsOn: files,
    });
    for (const [name, description, value] of [
      ['scaler_group', 'Group of the instances of the scaler', group.name],
      ['scaler_bucket', 'Bucket of its program and declaration', bucket.bucket],
      ['scaler_table', 'Table of its state', table.name],
      ['scaler_security_group_id', 'Security group of its instances', securityGroupId],
    ] as const) {
      new TerraformOutput(this, name, { description, value });
    }
  }

  private addTable(fleet: Fleet, kmsKeyArn: string): DynamodbTable {
    return new DynamodbTable(this, 'state', {
      name: fleetWideName(fleet.name, 'state'),
      billingMode: 'PAY_PER_REQUEST',
      hashKey: 'partition',
      rangeKey: 'sort',
      attribute: [
        { name: 'partition', type: 'S' },
        { name: 'sort', type: 'S' },
      ],
      pointInTimeRecovery: { enabled: true },
      ttl: { attributeName: 'expiresAt', enabled: true },
      serverSideEncryption: { enabled: true, kmsKeyArn },
      tags: fleetTags(fleet),
    });
  }

  /**
   * The API is for workers: those of the VPC, and the declared ranges. Groups of workers are not
   * named, because AWS would then refuse to delete one while this group stands.
   */
  private addSecurityGroup(fleet: Fleet, host: ScalerHost, vpcId: string): string {
    const group = new SecurityGroup(this, 'security-group', {
      name: securityGroupName(fleet.name, 'Scaler'),
      description: `Scaler of fleet ${fleet.name}`,
      vpcId,
      egress: egressRules(fleet),
      tags: fleetTags(fleet),
    });
    if (fleet.heartbeat === null) {
      // cdktf leaves out an empty list, and Terraform would then not care which rules there are.
      group.addOverride('ingress', []);
      return group.id;
    }
    const vpc = new DataAwsVpc(this, 'vpc', { id: vpcId });
    const ranges = host.apiFrom.length === 0 ? [] : [['declared', host.apiFrom] as const];
    group.putIngress(
      [['VPC', [vpc.cidrBlock]] as const, ...ranges].map(([whose, cidrBlocks]) => ({
        description: `Heartbeats: ${whose}`,
        protocol: 'tcp',
        fromPort: apiPort,
        toPort: apiPort,
        cidrBlocks: [...cidrBlocks],
      })),
    );
    return group.id;
  }
}

/** AWS and webhooks over TLS, and the queues that are not of AWS. */
function egressRules({ pools }: Fleet): SecurityGroupEgress[] {
  const ports = pools.flatMap(({ queue }) => sourcesOf(queue).flatMap(sourcePorts));
  return [...new Set([443, ...ports])]
    .sort((left, right) => left - right)
    .map((port) => ({
      description: port === 443 ? 'AWS and webhooks' : 'Queues',
      protocol: 'tcp',
      fromPort: port,
      toPort: port,
      cidrBlocks: ['0.0.0.0/0'],
      ipv6CidrBlocks: ['::/0'],
    }));
}
