import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../pool/names.ts';
import { largestFleet } from './declarations.ts';
import { blocksOf, synthesise } from './synthesise.ts';

const stacks = synthesise(largestFleet());
const regions = Object.entries(stacks).filter(([name]) => !name.endsWith('-shared'));
const everyBlock = (type: string) => regions.flatMap(([, stack]) => blocksOf(stack, type));
const europe = stacks['build-farm-eu-west-1'];
const america = stacks['build-farm-us-east-1'];

describe('launch templates', () => {
  const templates = everyBlock('aws_launch_template');

  it('stand for each architecture of a pool in each of its regions', () => {
    expect(Object.keys(europe?.resource.aws_launch_template ?? {}).sort()).toEqual([
      'first-name-arm64',
      'first-name-x86_64',
      'searched-arm64',
      'shared-arm64',
      'steady-x86_64',
    ]);
    expect(Object.keys(america?.resource.aws_launch_template ?? {}).sort()).toEqual([
      'first-name-arm64',
      'first-name-x86_64',
    ]);
  });

  it('demand IMDSv2 within one hop and show no tags there', () => {
    expect(templates).toHaveLength(7);
    for (const { metadata_options } of templates) {
      expect(metadata_options).toEqual({
        http_endpoint: 'enabled',
        http_tokens: 'required',
        http_put_response_hop_limit: 1,
        instance_metadata_tags: 'disabled',
      });
    }
  });

  it('encrypt every volume, and name the root as the image does', () => {
    for (const { block_device_mappings: volumes } of templates) {
      expect(volumes[0].device_name).toMatch(/^\$\{data\.aws_ami\.[\w-]+\.root_device_name\}$/);
      for (const { ebs } of volumes) {
        expect(ebs).toMatchObject({ encrypted: 'true', volume_type: 'gp3' });
      }
    }
    const mixed = europe?.resource.aws_launch_template?.['first-name-arm64'];
    const sizes = mixed?.block_device_mappings.map(
      (volume: { ebs: { volume_size: number } }) => volume.ebs.volume_size,
    );
    expect(sizes).toEqual([30, 130]);
  });

  it('name no market and no instance type, and follow their newest version', () => {
    for (const template of templates) {
      expect(template).not.toHaveProperty('instance_market_options');
      expect(template).not.toHaveProperty('instance_type');
      expect(template.update_default_version).toBe(true);
    }
  });

  it('take the image of their own architecture', () => {
    const { 'first-name-arm64': arm, 'first-name-x86_64': intel } =
      europe?.resource.aws_launch_template ?? {};
    expect(arm?.image_id).toBe('resolve:ssm:/muster/arm64/mixed');
    expect(intel?.image_id).toBe('resolve:ssm:/muster/x86_64/mixed');
    const lookups = Object.entries(europe?.data.aws_ami ?? {});
    expect(lookups.length).toBe(5);
    for (const [address, { filter }] of lookups) {
      expect(filter).toContainEqual({
        name: 'architecture',
        values: [address.endsWith('arm64') ? 'arm64' : 'x86_64'],
      });
    }
  });

  it('tag instances and volumes with the fleet and the pool', () => {
    for (const { tag_specifications } of templates) {
      expect(
        tag_specifications.map((part: { resource_type: string }) => part.resource_type),
      ).toEqual(['instance', 'volume']);
      for (const { tags } of tag_specifications) {
        expect(tags).toMatchObject({ [tagKeys.fleet]: 'build-farm' });
        expect(tags).toHaveProperty([tagKeys.pool]);
      }
    }
  });
});
