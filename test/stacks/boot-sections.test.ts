/** Runs what a worker does when it boots, with moto in place of AWS and boto3 in place of its CLI. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  AllocateAddressCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeVolumesCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { required } from '../end-to-end/world.ts';
import { missingParts } from '../harness/missing-part.ts';
import { findPython, type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { type ProcessResult, runProcess } from '../harness/run-process.ts';
import { userDataOf } from './synthesise.ts';
import { template } from './worker-options.ts';

/** The part of `aws ec2` that the script uses, as far as that says what it means; all else fails. */
const awsProgram = `
import re, sys, boto3, botocore.exceptions, jmespath
service, command, *rest = sys.argv[1:]
flags, options = set(), {}
while rest:
    name = rest.pop(0)
    if rest and not rest[0].startswith("--"): options[name] = rest.pop(0)
    else: flags.add(name)
query, output = options.pop("--query", None), options.pop("--output", None)
parameters = {re.sub("(?:^|-)(.)", lambda m: m[1].upper(), n[2:]): v for n, v in options.items()}
if "Filters" in parameters:
    name, values = re.fullmatch("Name=(.*),Values=(.*)", parameters["Filters"]).groups()
    parameters["Filters"] = [{"Name": name, "Values": values.split(",")}]
if flags:
    assert flags == {"--no-allow-reassociation"}, flags
    parameters["AllowReassociation"] = False
try:
    answer = getattr(boto3.client(service), command.replace("-", "_"))(**parameters)
except botocore.exceptions.ClientError as error:
    sys.exit(str(error))
if query: print("\\t".join(jmespath.search(query, answer)))
`;

const curlProgram = `#!/bin/bash
case "\${@: -1}" in
  */latest/api/token) echo token ;;
  */latest/meta-data/instance-id) echo "$BOOTING_INSTANCE" ;;
  *) exit 22 ;;
esac
`;

describe.skipIf(await missingParts([motoPart]))('what a worker does when it boots', () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-boot-'));
  let moto: Moto;
  let ec2: EC2Client;
  let image: string;

  beforeAll(async () => {
    moto = await startMoto();
    ec2 = new EC2Client({ endpoint: moto.endpoint });
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({}));
    image = required(Images[0]?.ImageId, 'an image');
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const program = (name: string, text: string) => {
      writeFileSync(join(bin, name), text);
      chmodSync(join(bin, name), 0o755);
    };
    program('aws', `#!${findPython()}\n${awsProgram}`);
    program('curl', curlProgram);
    // Two tries in place of thirty, with no wait between them.
    program('sleep', '#!/bin/bash\n');
    program('seq', '#!/bin/bash\necho 1 2\n');
  }, 90_000);
  afterAll(async () => {
    ec2?.destroy();
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startInstance(): Promise<string> {
    const { Instances } = await ec2.send(
      new RunInstancesCommand({ ImageId: image, MinCount: 1, MaxCount: 1 }),
    );
    return required(Instances?.[0]?.InstanceId, 'an instance');
  }

  async function makeAddress(user: string): Promise<string> {
    const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    const id = required(AllocationId, 'an address');
    const Tags = [{ Key: 'muster:used-by', Value: user }];
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
    return id;
  }

  /** Runs a part of a script on an instance. */
  function boot(instance: string, part: string): Promise<ProcessResult> {
    const file = join(folder, `${instance}.sh`);
    writeFileSync(file, `set -euo pipefail\n${part}`);
    return runProcess('bash', [file], {
      environment: {
        ...process.env,
        PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
        AWS_ENDPOINT_URL: moto.endpoint,
        BOOTING_INSTANCE: instance,
        MUSTER_DEVICE_WAIT_SECONDS: '1',
      },
      limitSeconds: 60,
    });
  }

  const bind = (instance: string) =>
    boot(instance, partOf('addressed', 'export AWS_DEFAULT_REGION', 'if [ ! -x /usr/lib/muster'));

  it('takes a free Elastic IP of its pool, once', { timeout: 120_000 }, async () => {
    const own = await makeAddress('options_addressed');
    await makeAddress('options_lent');
    const [first, second] = [await startInstance(), await startInstance()];
    const bound = await bind(first);
    expect(bound.exitCode, bound.stderr).toBe(0);
    const { Addresses = [] } = await ec2.send(new DescribeAddressesCommand({}));
    const held = Addresses.filter(({ InstanceId }) => InstanceId);
    expect(held.map(({ AllocationId, InstanceId }) => [AllocationId, InstanceId])).toEqual([
      [own, first],
    ]);
    const none = await bind(second);
    expect(none.exitCode).toBe(1);
    expect(none.stderr).toContain('no Elastic IP is free');
  });

  it('attaches the volumes that it is to have', { timeout: 60_000 }, async () => {
    const { VolumeId } = await ec2.send(
      new CreateVolumeCommand({ AvailabilityZone: 'eu-west-1a', Size: 1 }),
    );
    const instance = await startInstance();
    const whole = partOf('stateful', 'export AWS_DEFAULT_REGION', 'if [ ! -x /opt/muster');
    const script = whole
      .replace('if [ ! -x /usr/lib/muster/agent ]; then\ndata=', '')
      .replace(/^if \[ -n "\$data"(.*\n)+?fi\n/m, '')
      .replace('vol-0a1b2c3d', VolumeId ?? '');
    // The first of two: moto makes no device.
    const { exitCode, stderr } = await boot(instance, script);
    expect([exitCode, stderr]).toEqual([1, `volumes: ${VolumeId} did not show up within 1 s\n`]);
    const { Volumes = [] } = await ec2.send(
      new DescribeVolumesCommand({ VolumeIds: [VolumeId ?? ''] }),
    );
    expect(Volumes[0]?.Attachments).toMatchObject([{ InstanceId: instance, Device: '/dev/sdk' }]);
  });
});

/** What the boot does with a volume, for what blkid answers about it. */
describe.each([['a data volume', 'tuned', '"$data"', 'data']])(
  '%s',
  (_, pool, device, variable) => {
    const line = `blkid -p ${device}`;
    const format = async (exitCode: number) => {
      const stubs = `${variable}=/dev/sdf\nblkid() { return ${exitCode}; }\nmkfs.xfs() { echo "format $*"; }\n`;
      const script = userDataOf(template(pool));
      const start = script.indexOf(line);
      expect(start).toBeGreaterThan(0);
      const part = script.slice(start, script.indexOf('\n', start));
      return runProcess('bash', ['-c', `set -euo pipefail\n${stubs}${part}\necho mounted`], {
        limitSeconds: 20,
      });
    };

    it('is formatted when nothing is on it', async () => {
      expect((await format(2)).stdout).toBe('format -q /dev/sdf\nmounted\n');
    });

    it('keeps what it holds', async () => {
      expect((await format(0)).stdout).toBe('mounted\n');
    });

    it.each([1, 4, 8])('is left alone when blkid cannot tell (%d)', async (exitCode) => {
      const { exitCode: ended, stdout } = await format(exitCode);
      expect(stdout).toBe('');
      expect(ended).not.toBe(0);
    });
  },
);

/** The part of a pool's script from one text up to another. */
function partOf(pool: string, from: string, to: string): string {
  const script = userDataOf(template(pool));
  return script.slice(script.indexOf(from), script.indexOf(to));
}
