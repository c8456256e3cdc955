import { dataDevice } from '../user-data.ts';
import {
  type AttributeRule,
  type AttributeRules,
  as,
  each,
  flag,
  leftOut,
  nested,
  properties,
  type TemplateContext,
  tags,
} from './attribute-rules.ts';
import type { ParameterName } from './parameters.ts';
import type { Block } from './pool-blocks.ts';

const ebs: AttributeRules = {
  delete_on_termination: flag('DeleteOnTermination'),
  encrypted: flag('Encrypted'),
  iops: as('Iops'),
  kms_key_id: as('KmsKeyId'),
  snapshot_id: as('SnapshotId'),
  throughput: as('Throughput'),
  volume_size: as('VolumeSize'),
  volume_type: as('VolumeType'),
};

/** Root and data volume have a size that whoever deploys may choose. */
const blockDevices: AttributeRule = (value, context, address) => ({
  BlockDeviceMappings: (value as Block[]).map((mapping, index) => {
    const device = properties(
      { device_name: as('DeviceName'), ebs: nested('Ebs', ebs) },
      mapping,
      context,
      address,
    );
    const size = sizeParameter(mapping, index);
    if (size === null) return device;
    const { volume_size } = mapping.ebs as { readonly volume_size: number };
    const chosen = { VolumeSize: context.parameters.use(size, volume_size) };
    return { ...device, Ebs: { ...(device.Ebs as object), ...chosen } };
  }),
});

function sizeParameter({ device_name }: Block, index: number): ParameterName | null {
  if (index === 0) return 'RootDisk';
  return device_name === dataDevice ? 'DataDisk' : null;
}

const imageParameters: Readonly<Record<string, ParameterName>> = {
  x86_64: 'ImageX8664',
  arm64: 'ImageArm64',
};

const image: AttributeRule = (value, { pool, parameters }, address) => {
  const name = imageParameters[address.slice(address.indexOf('.') + pool.id.length + 2)];
  if (name === undefined) throw new Error(`${address} is of no known architecture`);
  return { ImageId: parameters.use(name, String(value)) };
};

/** By reference where the template makes the profile, so that it stands before a worker starts. */
const instanceProfile: AttributeRule = (value, { blocks, reference }) => {
  const { name } = value as { readonly name: string };
  const own = Object.entries(blocks.resource.aws_iam_instance_profile ?? {}).find(
    ([, profile]) => profile.name === name,
  );
  if (own === undefined) return { IamInstanceProfile: { Name: name } };
  return { IamInstanceProfile: { Name: reference(`aws_iam_instance_profile.${own[0]}.name`) } };
};

const tagSpecifications = each('TagSpecifications', {
  resource_type: as('ResourceType'),
  tags,
});

const dataRules: AttributeRules = {
  block_device_mappings: blockDevices,
  ebs_optimized: flag('EbsOptimized'),
  iam_instance_profile: instanceProfile,
  image_id: image,
  key_name: (value, { parameters }) => ({ KeyName: parameters.use('KeyPair', String(value)) }),
  metadata_options: nested('MetadataOptions', {
    http_endpoint: as('HttpEndpoint'),
    http_put_response_hop_limit: as('HttpPutResponseHopLimit'),
    http_tokens: as('HttpTokens'),
    instance_metadata_tags: as('InstanceMetadataTags'),
  }),
  network_interfaces: each('NetworkInterfaces', {
    associate_public_ip_address: flag('AssociatePublicIpAddress'),
    delete_on_termination: flag('DeleteOnTermination'),
    device_index: as('DeviceIndex'),
    security_groups: as('Groups'),
  }),
  tag_specifications: tagSpecifications,
  // As text, which a person can read in the template.
  user_data: (value) => ({
    UserData: { 'Fn::Base64': Buffer.from(String(value), 'base64').toString('utf8') },
  }),
  vpc_security_group_ids: as('SecurityGroupIds'),
};

const ownRules: AttributeRules = {
  name: as('LaunchTemplateName'),
  tags: (value, context, address) => ({
    TagSpecifications: [{ ResourceType: 'launch-template', ...tags(value, context, address) }],
  }),
  update_default_version: leftOut(
    'CloudFormation sets no default; groups name the version instead',
  ),
};

/** A launch template's own attributes, and those of what it launches. */
export function launchTemplateProperties(block: Block, context: TemplateContext, address: string) {
  const isOwn = ([attribute]: [string, unknown]) => Object.hasOwn(ownRules, attribute);
  const entries = Object.entries(block);
  const own = Object.fromEntries(entries.filter(isOwn));
  const data = Object.fromEntries(entries.filter((entry) => !isOwn(entry)));
  return {
    ...properties(ownRules, own, context, address),
    LaunchTemplateData: properties(dataRules, data, context, address),
  };
}
