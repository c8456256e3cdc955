import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeEdit } from '../../cli/describe-edit.ts';
import { parseFleet } from '../../pool/load.ts';
import { editPreview } from '../../stacks/edit-preview.ts';
import { forcedReplacements } from '../../stacks/forced-replacements.ts';
import { readStacks } from '../../stacks/read-stacks.ts';
import { writeStacks } from '../../stacks/write-stacks.ts';
import { smallest } from './declarations.ts';
import { reference, synthesise } from './synthesise.ts';

/** What an edit of the smallest declaration does, as a person reads it. */
function said(edit: (text: string) => string): string[] {
  const stacksOf = (text: string) => synthesise(parseFleet(text, 'f'));
  const edited = edit(smallest);
  if (edited === smallest) throw new Error('the edit changes nothing');
  return describeEdit(editPreview(stacksOf(smallest), stacksOf(edited)));
}

const heading = 'Since what was written here before, Terraform will:';

describe('an edit', () => {
  it('of the VPC replaces the security group, and so what names it', () => {
    expect(said((text) => text.replace('vpc-0a1b2c3d', 'vpc-0b2c3d4e'))).toEqual([
      heading,
      '  REPLACE security group linux-workers of ci-eu-west-1: vpc_id (waits until no worker is in it: drain the pool first)',
      '  update launch template linux-x86_64 of ci-eu-west-1: vpc_security_group_ids (new workers have it; running ones are replaced when idle)',
    ]);
  });

  it('of the disk is for new workers', () => {
    expect(said((text) => `${text}    disk: { root: 30GiB }\n`)).toEqual([
      heading,
      '  update launch template linux-x86_64 of ci-eu-west-1: volumes (new workers have it; running ones are replaced when idle)',
    ]);
  });

  it('of the market takes a group away', () => {
    const lines = said((text) => text.replace('market: spot', 'market: on-demand'));
    expect(lines.slice(0, 3)).toEqual([
      heading,
      '  DESTROY autoscaling group linux-spot of ci-eu-west-1 (its workers end: drain the pool first)',
      '  DESTROY autoscaling lifecycle hook linux-spot-drain of ci-eu-west-1',
    ]);
  });

  it('of what the scaler owns changes no group', () => {
    const lines = said((text) =>
      text.replace(
        '[{ type: c6i.2xlarge, capacity: 2',
        '[{ type: c6a.2xlarge, capacity: 2, utility: 2 }, { type: c6i.2xlarge, capacity: 2',
      ),
    );
    expect(lines).toEqual([
      heading,
      // The worker must know how many tasks the new type takes.
      '  update launch template linux-x86_64 of ci-eu-west-1: user data (new workers have it; running ones are replaced when idle)',
    ]);
  });

  it('of a name keeps everything, through the id', () => {
    expect(said((text) => text.replace('  linux:\n', '  builds:\n    id: linux\n'))).toEqual([
      'Since what was written here before, nothing changes in AWS.',
    ]);
  });

  it('of a tag says so of everything that has it, and of no other pool', () => {
    const lines = said((text) => `${text}    tags: { team: build }\n`);
    expect(lines.filter((line) => /REPLACE|DESTROY|create/.test(line))).toEqual([]);
    expect(lines).toContain('  update autoscaling group linux-spot of ci-eu-west-1: tag');
    expect(lines.some((line) => line.includes('iam role linux-worker of ci-shared: tags'))).toBe(
      true,
    );
  });
});

describe('what a replaced resource replaces', () => {
  const stack = (name: string) => ({
    a: {
      resource: {
        aws_iam_role: { r: { name, path: '/x/' } },
        aws_iam_role_policy: { p: { name: 'p', role: reference('aws_iam_role.r.name') } },
        aws_sns_topic: { t: { name: `topic-${name}` } },
        aws_sns_topic_subscription: {
          s: { topic_arn: reference('aws_sns_topic.t.arn'), endpoint: 'e' },
        },
        aws_autoscaling_group: {
          g: { name: 'g', tag: [{ value: reference('aws_sns_topic.t.arn') }] },
        },
        aws_unheard_of: { u: { role: reference('aws_iam_role.r.arn') } },
      },
    },
  });

  it('is what names it where AWS cannot change that', () => {
    const changes = editPreview(stack('old'), stack('new'));
    expect(changes.map(({ action, type, attributes }) => [action, type, ...attributes])).toEqual([
      ['update', 'aws_autoscaling_group', 'tag'],
      ['replace', 'aws_iam_role', 'name'],
      ['replace', 'aws_iam_role_policy', 'role'],
      ['replace', 'aws_sns_topic', 'name'],
      ['replace', 'aws_sns_topic_subscription', 'topic_arn'],
      ['change', 'aws_unheard_of', 'role'],
    ]);
    expect(forcedReplacements).not.toHaveProperty('aws_unheard_of');
  });
});

describe('an output directory', () => {
  it('is read as it was written, and as nothing before', () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-edit-'));
    try {
      const out = join(folder, 'out');
      expect(readStacks(out)).toEqual({});
      writeStacks(parseFleet(smallest, 'f'), out);
      const first = readStacks(out);
      expect(Object.keys(first)).toEqual(['ci-eu-west-1', 'ci-shared']);
      writeStacks(parseFleet(smallest, 'f'), out);
      expect(editPreview(first, readStacks(out))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
