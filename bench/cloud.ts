import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const description = 'muster cloud: its memory, and how soon it describes all groups';

export const parameters = { groups: 200, instances: 5000, rounds: 20 };

export interface BenchResult {
  /** One flat object a row, with units in the names of its fields. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** Groups that one page of DescribeAutoScalingGroups tells of at most. */
const mostInPage = 100;
const zone = 'eu-west-1a';

/**
 * Starts the command, makes groups of equal size and lets their instances start. Times are of whole answers,
 * read to their end, all pages together. Memory is the process's own, from /proc: once all instances run,
 * and the most that it ever was.
 *
 * @throws Error when a call is refused, or an instance is missing.
 */
export async function run({ groups, instances, rounds }: typeof parameters): Promise<BenchResult> {
  const bin = fileURLToPath(new URL('../cli/bin.mjs', import.meta.url));
  const child = spawn(process.execPath, [bin, 'cloud', '--port', '0', '--stepped'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const endpoint = line.slice(line.indexOf('http'));
    await makeGroups(endpoint, groups, instances);
    await post(`${endpoint}/_muster/step`, JSON.stringify({ seconds: 120 }));
    const residentMebibytes = mebibytesOf(child.pid, 'VmRSS');
    await describeAll(endpoint, groups, instances);
    const milliseconds: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const startedAt = performance.now();
      await describeAll(endpoint, groups, instances);
      milliseconds.push(performance.now() - startedAt);
    }
    milliseconds.sort((one, other) => one - other);
    return {
      rows: [
        {
          groups,
          instances,
          residentMebibytes,
          peakMebibytes: mebibytesOf(child.pid, 'VmHWM'),
          describeMedianMilliseconds: rounded(milliseconds[Math.floor(rounds / 2)]!),
          describeLeastMilliseconds: rounded(milliseconds[0]!),
        },
      ],
    };
  } finally {
    child.kill();
  }
}

async function makeGroups(endpoint: string, groups: number, instances: number): Promise<void> {
  await call(endpoint, 'ec2', '2016-11-15', {
    Action: 'CreateLaunchTemplate',
    LaunchTemplateName: 'bench',
    'LaunchTemplateData.ImageId': 'ami-0123456789abcdef0',
    'LaunchTemplateData.InstanceType': 'm5.large',
  });
  for (let group = 0; group < groups; group++) {
    const share = Math.floor(((group + 1) * instances) / groups);
    const size = String(share - Math.floor((group * instances) / groups));
    await call(endpoint, 'autoscaling', '2011-01-01', {
      Action: 'CreateAutoScalingGroup',
      AutoScalingGroupName: `bench-${group}`,
      'LaunchTemplate.LaunchTemplateName': 'bench',
      MinSize: '0',
      MaxSize: size,
      DesiredCapacity: size,
      'AvailabilityZones.member.1': zone,
    });
  }
}

async function describeAll(endpoint: string, groups: number, instances: number): Promise<void> {
  let token: string | undefined;
  const seen = { groups: 0, instances: 0 };
  do {
    const text = await call(endpoint, 'autoscaling', '2011-01-01', {
      Action: 'DescribeAutoScalingGroups',
      MaxRecords: String(mostInPage),
      ...(token !== undefined && { NextToken: token }),
    });
    seen.groups += text.split('<AutoScalingGroupARN>').length - 1;
    seen.instances += text.split('<LifecycleState>InService<').length - 1;
    token = /<NextToken>([^<]+)</.exec(text)?.[1];
  } while (token !== undefined);
  if (seen.groups === groups && seen.instances === instances) return;
  throw new Error(`described ${JSON.stringify(seen)} of ${groups} groups, ${instances} instances`);
}

async function call(
  endpoint: string,
  service: string,
  version: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const scope = `bench/20260101/eu-west-1/${service}/aws4_request`;
  const signed = 'SignedHeaders=host;x-amz-date';
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, ${signed}, Signature=${'0'.repeat(64)}`;
  const body = new URLSearchParams({ ...parameters, Version: version }).toString();
  return post(endpoint, body, { authorization, 'x-amz-date': '20260101T000000Z' });
}

async function post(url: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'POST', body, headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: status ${response.status}: ${text}`);
  return text;
}

function mebibytesOf(pid: number | undefined, name: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, text = 'NaN'] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status) ?? [];
  return Math.round(Number(text) / 1024);
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}
