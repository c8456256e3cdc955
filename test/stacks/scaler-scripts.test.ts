/** The scripts of the scaler's instance, run as they are but for their folders, with the real AWS CLI. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundle } from '../../cli/bundle.mjs';
import { scalerUserData } from '../../stacks/scaler-user-data.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { runProcess } from '../harness/run-process.ts';
import { awsCliTool } from '../harness/servers/aws-cli.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { smallest } from './declarations.ts';
import { productionFleet } from './production.ts';

const bucket = 'muster-render-scaler';
const zoned = (text: string) =>
  `heartbeat: { url: "http://scaler.muster.internal:3001", tokenParameter: /muster/t }\n${text.replace(
    'run: aws,',
    'run: aws, addressZone: ZONEID00,',
  )}`;

describe.skipIf(await missingParts([motoPart, toolPart(awsCliTool)]))(
  "the scripts of the scaler's instance",
  () => {
    const folder = temporaryFolder('scaler-scripts');
    const at = (path: string) => join(folder.path, path);
    const bundleFile = at('bundle.mjs');
    let moto: Moto;
    let s3: S3Client;
    let environment: NodeJS.ProcessEnv;

    beforeAll(async () => {
      moto = await startMoto();
      s3 = new S3Client({ endpoint: moto.endpoint, forcePathStyle: true });
      await bundle(bundleFile);
      mkdirSync(at('bin'), { recursive: true });
      // There is no systemd here: what it is asked is written down.
      writeFileSync(at('bin/systemctl'), `#!/bin/bash\necho "$*" >> ${at('asked')}\n`);
      chmodSync(at('bin/systemctl'), 0o755);
      environment = {
        PATH: [at('bin'), dirname(awsCliTool.program('aws')), process.env.PATH].join(':'),
        AWS_ENDPOINT_URL: moto.endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_DEFAULT_REGION: 'eu-west-1',
        NODE_NO_WARNINGS: '1',
      };
    }, 120_000);
    afterAll(async () => {
      s3?.destroy();
      await moto?.stop();
      folder.remove();
    });

    /** Writes what the user data writes, below the test's folder. */
    function install(zone: string): void {
      const script = scalerUserData(
        productionFleet((text) => zoned(text).replace('ZONEID00', zone)),
        'eu-west-1',
        bucket,
      );
      const files = script.matchAll(/^cat > (\S+) <<'(\w+)'\n([\s\S]*?)\n\2$/gm);
      for (const [, path = '', , text = ''] of files) {
        if (!/^\/(opt|etc)\/muster\/(\w+\.sh|scaler\.env)$/.test(path)) continue;
        const moved = text.replaceAll(/\/(opt\/muster|etc\/muster|run\/muster-address)/g, at('$1'));
        mkdirSync(dirname(at(path)), { recursive: true });
        writeFileSync(at(path), `${moved}\n`);
      }
      mkdirSync(at('run/muster-address'), { recursive: true });
    }

    const run = (name: string, more: NodeJS.ProcessEnv = {}) =>
      runProcess('bash', [at(`opt/muster/${name}`)], {
        environment: { ...environment, ...more },
        limitSeconds: 60,
      });

    describe('update.sh', () => {
      const put = (Key: string, Body: string | Buffer) =>
        s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
      const asked = () => (existsSync(at('asked')) ? readFileSync(at('asked'), 'utf8') : '');
      const current = () => readFileSync(at('opt/muster/current/muster.yaml'), 'utf8');
      const isProgram = (bytes: Buffer) =>
        readFileSync(at('opt/muster/current/muster.mjs')).equals(bytes);
      const versions = () =>
        readdirSync(at('opt/muster')).filter((name) => /^[0-9a-f]{16}$|^fresh/.test(name));
      const changed = smallest.replace('fleet: ci', 'fleet: ci2');

      /** Each test goes on from the one before: the command line takes a second to start. */
      beforeAll(async () => {
        install('Z0123456789ABC');
        const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
        await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
        await s3.send(
          new PutBucketVersioningCommand({
            Bucket: bucket,
            VersioningConfiguration: { Status: 'Enabled' },
          }),
        );
        await put('muster.mjs', readFileSync(bundleFile));
        await put('muster.yaml', smallest);
      });
      beforeEach(() => rmSync(at('asked'), { force: true }));

      it('brings program and declaration at the first boot', async () => {
        expect(await run('update.sh')).toMatchObject({ exitCode: 0, stderr: '' });
        expect(current()).toBe(smallest);
        expect(isProgram(readFileSync(bundleFile))).toBe(true);
        expect(versions()).toHaveLength(1);
      });

      it('does nothing while nothing has changed', async () => {
        const before = readlinkSync(at('opt/muster/current'));
        expect(await run('update.sh')).toMatchObject({ exitCode: 0, stderr: '' });
        expect(readlinkSync(at('opt/muster/current'))).toBe(before);
        expect(asked()).toBe('');
      });

      it.each([
        [
          'a declaration with a fault',
          'muster.yaml',
          smallest.replace('c6i.2xlarge', 'c6i.2xlrage'),
        ],
        ['a program that does not start', 'muster.mjs', 'process.exit(1);'],
        ['one file only', 'muster.yaml', null],
      ])('goes on with what runs where the bucket has %s', async (_, key, text) => {
        if (text !== null) await put(key, text);
        else await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
        expect((await run('update.sh')).exitCode).not.toBe(0);
        expect(current()).toBe(smallest);
        expect(asked()).toBe('');
        expect(versions()).toHaveLength(1);
      });

      it('takes what is right again, restarts the scaler once and keeps no old one', async () => {
        const program = Buffer.concat([readFileSync(bundleFile), Buffer.from('\n// newer\n')]);
        await put('muster.mjs', program);
        await put('muster.yaml', changed);
        expect(await run('update.sh')).toMatchObject({ exitCode: 0, stderr: '' });
        expect(current()).toBe(changed);
        expect(isProgram(program)).toBe(true);
        expect(asked()).toBe('try-restart muster-scaler.service\n');
        expect(versions()).toHaveLength(1);
      });
    });

    describe('address.sh', () => {
      let host: Server;
      let listen: string;
      let leader = 0;
      let reference = 0;
      let zone: string;

      const aws = async (...words: string[]) => {
        const result = await runProcess('aws', words, { environment, limitSeconds: 60 });
        if (result.exitCode !== 0) throw new Error(result.stderr);
        return JSON.parse(result.stdout || 'null');
      };
      const records = async () => {
        const { ResourceRecordSets } = await aws(
          ...['route53', 'list-resource-record-sets', '--hosted-zone-id', zone, '--output', 'json'],
        );
        return ResourceRecordSets.filter(({ Type }: { Type: string }) => Type === 'A');
      };
      const address = () =>
        run('address.sh', { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${listen}` });

      beforeAll(async () => {
        // The scaler's metrics and the instance's metadata, on one port.
        host = createServer((request, answer) => {
          if (request.url === '/metrics')
            answer.end(`# TYPE muster_leader gauge\nmuster_leader ${leader}\n`);
          else if (request.url === '/latest/api/token' && request.method === 'PUT') answer.end('t');
          else if (request.headers['x-aws-ec2-metadata-token'] === 't') answer.end('10.0.1.7');
          else answer.writeHead(401).end();
        });
        await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
        listen = `127.0.0.1:${(host.address() as AddressInfo).port}`;
      });
      afterAll(() => host?.close());
      beforeEach(async () => {
        rmSync(at('run'), { recursive: true, force: true });
        reference += 1;
        const made = await aws(
          ...['route53', 'create-hosted-zone', '--name', 'muster.internal', '--output', 'json'],
          ...['--caller-reference', String(reference)],
        );
        zone = made.HostedZone.Id.replace('/hostedzone/', '');
        install('Z0123456789ABC');
        const file = at('etc/muster/scaler.env');
        const text = readFileSync(file, 'utf8')
          .replace(/MUSTER_LISTEN=.*/, `MUSTER_LISTEN="${listen}"`)
          .replace(/MUSTER_ADDRESS_ZONE=.*/, `MUSTER_ADDRESS_ZONE="${zone}"`);
        writeFileSync(file, text);
      });

      it('gives the name to the instance whose scaler leads, once', async () => {
        leader = 1;
        expect(await address()).toMatchObject({ exitCode: 0, stderr: '' });
        expect(await records()).toEqual([
          {
            ...{ Name: 'scaler.muster.internal.', Type: 'A', TTL: 5 },
            ResourceRecords: [{ Value: '10.0.1.7' }],
          },
        ]);
        // While it stays, nothing is asked of Route 53: it would not answer.
        const away = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
        expect((await run('address.sh', away)).exitCode).toBe(0);
      });

      it('leaves the name alone while another one leads, and takes it back after that', async () => {
        leader = 0;
        expect(await address()).toMatchObject({ exitCode: 0, stderr: '' });
        expect(await records()).toEqual([]);
        leader = 1;
        await address();
        leader = 0;
        await address();
        expect(existsSync(at('run/muster-address/told'))).toBe(false);
        leader = 1;
        await address();
        expect(await records()).toHaveLength(1);
        expect(existsSync(at('run/muster-address/told'))).toBe(true);
      });

      it('tries again what failed', async () => {
        leader = 1;
        const away = { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1' };
        expect((await run('address.sh', away)).exitCode).not.toBe(0);
        expect(existsSync(at('run/muster-address/told'))).toBe(false);
        expect((await address()).exitCode).toBe(0);
        expect(await records()).toHaveLength(1);
      });
    });
  },
);
