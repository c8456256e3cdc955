/** Identity documents and their signatures, checked as AWS's own are: "Verify the instance identity document". */
import { createVerify, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegionKeys } from '../../cloud/identity/region-keys.ts';
import { runProcess } from '../harness/run-process.ts';
import { type MetadataSession, openMetadata } from './metadata-session.ts';

let session: MetadataSession;
let folder: string;
let documentFile: string;
beforeAll(async () => {
  session = await openMetadata();
  folder = mkdtempSync(join(tmpdir(), 'muster-identity-'));
  documentFile = join(folder, 'document');
  writeFileSync(documentFile, await item('document'));
});
afterAll(async () => {
  await session.stop();
  rmSync(folder, { recursive: true, force: true });
});

const item = async (name: string) => {
  const [status, text] = await session.get(`dynamic/instance-identity/${name}`);
  expect(status).toBe(200);
  return text;
};
const certificate = async (kind: string, region = 'eu-west-1') => {
  const url = `${session.running.endpoint}/_muster/certificates/${region}/${kind}`;
  return (await fetch(url)).text();
};
/** Whether openssl finds that a certificate's key signed an envelope, and what is in it. */
const opened = async (envelope: string, certificatePem: string) => {
  const files = { envelope: join(folder, 'envelope'), certificate: join(folder, 'certificate') };
  writeFileSync(files.envelope, `-----BEGIN PKCS7-----\n${envelope}\n-----END PKCS7-----\n`);
  writeFileSync(files.certificate, certificatePem);
  const options = ['-verify', '-in', files.envelope, '-inform', 'PEM', '-noverify'];
  const { exitCode, stdout, stderr } = await runProcess(
    'openssl',
    ['smime', ...options, '-certfile', files.certificate],
    { limitSeconds: 10 },
  );
  return { exitCode, stdout, stderr };
};

describe('the identity document', () => {
  it('tells what EC2 tells of the instance, under the names that AWS has', async () => {
    const { instanceId: InstanceId, clients } = session;
    const { Reservations = [] } = await clients.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [InstanceId] }),
    );
    const instance = Reservations[0]!.Instances![0]!;
    expect(JSON.parse(await item('document'))).toEqual({
      accountId: Reservations[0]!.OwnerId,
      architecture: instance.Architecture,
      availabilityZone: instance.Placement!.AvailabilityZone,
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId: instance.ImageId,
      instanceId: InstanceId,
      instanceType: instance.InstanceType,
      kernelId: null,
      pendingTime: instance.LaunchTime!.toISOString().replace('.000Z', 'Z'),
      privateIp: instance.PrivateIpAddress,
      ramdiskId: null,
      region: 'eu-west-1',
      version: '2017-09-30',
    });
  });
});

describe('its signature', () => {
  const verifies = async (document: string) => {
    const { publicKey } = new X509Certificate(await certificate('rsa'));
    const verify = createVerify('sha256').update(document);
    return verify.verify(publicKey, await item('signature'), 'base64');
  };

  it('in base64 is that of the RSA certificate', async () => {
    const document = await item('document');
    expect(await verifies(document)).toBe(true);
    expect(await verifies(document.replace('eu-west-1a', 'eu-west-1b'))).toBe(false);
    const signature = await item('signature');
    expect(signature.split('\n').every((line) => line.length <= 76)).toBe(true);
  });

  it.each([
    ['pkcs7', 'dsa', 'rsa'],
    ['rsa2048', 'rsa2048', 'dsa'],
  ])('%s is an envelope around the document, signed by the %s key', async (name, kind, other) => {
    const envelope = await item(name);
    const pem = await certificate(kind);
    const { exitCode, stdout, stderr } = await opened(envelope, pem);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Verification successful')]);
    expect(stdout).toBe(await item('document'));
    expect((await opened(envelope, await certificate(other))).exitCode).not.toBe(0);
    // A byte of the document within: the signature is of another.
    const der = Buffer.from(envelope, 'base64');
    der.writeUInt8(der[der.indexOf('2017-09-30')]! + 1, der.indexOf('2017-09-30'));
    expect(
      (
        await opened(
          der
            .toString('base64')
            .match(/.{1,76}/g)!
            .join('\n'),
          pem,
        )
      ).exitCode,
    ).not.toBe(0);
  });

  it.each([
    ['dsa', 'dsa', 1024],
    ['rsa', 'rsa', 1024],
    ['rsa2048', 'rsa', 2048],
  ])("certificate %s is of a key as AWS's", async (kind, type, modulusLength) => {
    const { publicKey, issuer, subject } = new X509Certificate(await certificate(kind));
    expect(publicKey.asymmetricKeyType).toBe(type);
    expect(publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength });
    expect(issuer).toBe(subject);
    expect(new X509Certificate(await certificate(kind)).verify(publicKey)).toBe(true);
  });

  it('another region has another key', async () => {
    const [here, there] = [await certificate('rsa'), await certificate('rsa', 'us-east-1')];
    expect(new X509Certificate(here).fingerprint256).not.toBe(
      new X509Certificate(there).fingerprint256,
    );
  });

  it.each([['eu-west-1/ecdsa'], ['nowhere/rsa'], ['..%2F..%2Fx-y-1/rsa']])(
    'there is no certificate %s',
    async (path) => {
      const response = await fetch(`${session.running.endpoint}/_muster/certificates/${path}`);
      expect(response.status).toBe(404);
    },
  );
});

describe('a folder of certificates', () => {
  it('keeps keys from one run to the next, where nobody else can read them', async () => {
    const kept = join(folder, 'kept');
    const first = await new RegionKeys(kept).find('eu-west-1', 'rsa');
    expect(readdirSync(kept).sort()).toEqual(['eu-west-1-rsa.key', 'eu-west-1-rsa.pem']);
    expect(statSync(join(kept, 'eu-west-1-rsa.key')).mode & 0o777).toBe(0o600);
    const again = await new RegionKeys(kept).find('eu-west-1', 'rsa');
    expect(again.certificate).toBe(first.certificate);
    expect(again.privateKey.equals(first.privateKey)).toBe(true);
    expect(new X509Certificate(first.certificate).checkPrivateKey(again.privateKey)).toBe(true);
  });

  it('is refused where it holds something else', async () => {
    const wrong = join(folder, 'wrong');
    await new RegionKeys(wrong).find('eu-west-1', 'rsa');
    const other = await new RegionKeys(null).find('eu-west-1', 'rsa');
    const find = () => new RegionKeys(wrong).find('eu-west-1', 'rsa');
    writeFileSync(join(wrong, 'eu-west-1-rsa.pem'), other.certificate);
    await expect(find()).rejects.toThrow('eu-west-1-rsa.pem: expected the certificate of the key');
    writeFileSync(join(wrong, 'eu-west-1-rsa.key'), 'nonsense');
    await expect(find()).rejects.toThrow('eu-west-1-rsa.key: expected a private key in PEM');
  });
});
