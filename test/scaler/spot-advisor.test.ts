import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSpotAdvisor } from '../../scaler/aws/spot-advisor.ts';
import { missingParts, type Part } from '../harness/missing-part.ts';
import { projectRoot } from '../harness/project-root.ts';

const published = `${projectRoot}/../shared/data/interruptions/spot_advisor.csv.gz`;
const sharedData: Part = {
  name: '../shared/data',
  install: 'put the reference data beside the project to read all that is published',
  present: () => existsSync(published),
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-advisor-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (content: string | Buffer, name = 'advisor.csv') => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};
const csv = [
  'region,os,instance_type,interruption_bucket,interruption_label',
  'eu-west-1,Linux,c6i.xlarge,3,"15-20%, of late"',
  'eu-west-1,Windows,c6i.xlarge,0,<5%',
  '',
].join('\n');

describe('readSpotAdvisor', () => {
  it.each([
    ['plain', csv],
    ['gzipped', gzipSync(csv)],
    ['with a byte order mark and other line ends', `\ufeff${csv.replaceAll('\n', '\r\n')}`],
  ])('reads a file that is %s', (_case, content) => {
    const advisor = readSpotAdvisor(write(content));
    expect(advisor.bucket('eu-west-1', 'c6i.xlarge', 'Linux/UNIX')).toBe(3);
    expect(advisor.bucket('eu-west-1', 'c6i.xlarge', 'SUSE Linux (Amazon VPC)')).toBe(3);
    expect(advisor.bucket('eu-west-1', 'c6i.xlarge', 'Windows')).toBe(0);
    expect(advisor.bucket('us-east-1', 'c6i.xlarge', 'Linux/UNIX')).toBeNull();
    expect(advisor.bucket('eu-west-1', 'm5.large', 'Linux/UNIX')).toBeNull();
  });

  it.each([
    ['a bucket out of range', csv.replace(',3,', ',5,'), /record 1: interruption_bucket.*0 to 4/],
    ['no bucket', csv.replace(',3,', ',,'), /record 1: interruption_bucket/],
    ['another system', csv.replace(',Windows,', ',BeOS,'), /record 2: os.*Linux or Windows/],
    ['another table', 'a,b\n1,2\n', /record 1: region/],
    ['a line too long', `${csv}eu-west-1,Linux,a,1,b,c\n`, /cannot be read/],
    ['half of a gzip', gzipSync(csv).subarray(0, 30), /cannot be read/],
    ['nothing', '', /no records/],
  ])('refuses a file with %s and names it', (_case, content, problem) => {
    const file = write(content);
    expect(() => readSpotAdvisor(file)).toThrow(problem);
    expect(() => readSpotAdvisor(file)).toThrow(file);
  });

  it('names a file that is not there', () => {
    expect(() => readSpotAdvisor(join(folder, 'none.csv'))).toThrow(/none\.csv.*ENOENT/);
  });
});

// The data is no part of the project, so even a build machine may lack it.
const missing = await missingParts([sharedData], {});

describe.skipIf(missing)('the published figures', () => {
  it('are read whole', () => {
    const advisor = readSpotAdvisor(published);
    expect(advisor.bucket('af-south-1', 'c5.12xlarge', 'Linux/UNIX')).toBe(4);
    expect(advisor.bucket('af-south-1', 'c5.2xlarge', 'Linux/UNIX')).toBe(4);
    expect(advisor.bucket('af-south-1', 'c5.24xlarge', 'Linux/UNIX')).toBe(3);
  });
});
