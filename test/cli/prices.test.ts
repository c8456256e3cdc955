/** `muster prices` as a person runs it, against an EC2 that speaks its protocol. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { pricesCommand } from '../../cli/prices.ts';
import { readSpotPrices } from '../../sim/traces/prices.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runCommand } from '../harness/run-command.ts';
import { runProcess } from '../harness/run-process.ts';
import { type HttpFake, startHttpFake } from '../scaler/http-fake.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-prices-'));
afterAll(() => rmSync(directory, { recursive: true }));

const now = Math.floor(Date.now() / 1000);
const day = 86_400;

interface Row {
  readonly type: string;
  readonly zone: string;
  readonly zoneId?: string;
  readonly price: number;
  readonly at: number;
}

const fakes: HttpFake[] = [];
afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.close()));
});

/** Answers one row a page; from the page of `failingFrom` on, it refuses. */
async function startEc2(rows: readonly Row[], failingFrom = Number.POSITIVE_INFINITY) {
  const fake = await startHttpFake(({ body }, response) => {
    const asked = new URLSearchParams(body);
    const types = [...asked].filter(([key]) => /^InstanceType\./.test(key)).map(([, type]) => type);
    const matching = rows.filter(({ type }) => types.includes(type));
    const page = Number(asked.get('NextToken') || 0);
    response.setHeader('content-type', 'text/xml');
    if (page >= failingFrom) {
      const error = '<Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error>';
      response.writeHead(403).end(`<Response><Errors>${error}</Errors></Response>`);
      return;
    }
    const items = matching
      .slice(page, page + 1)
      .map(
        ({ type, zone, zoneId, price, at }) =>
          `<item><instanceType>${type}</instanceType><availabilityZone>${zone}</availabilityZone>` +
          (zoneId === undefined ? '' : `<availabilityZoneId>${zoneId}</availabilityZoneId>`) +
          `<spotPrice>${price}</spotPrice><timestamp>${new Date(at * 1000).toISOString()}</timestamp></item>`,
      );
    const next = page + 1 < matching.length ? page + 1 : '';
    response.end(
      `<DescribeSpotPriceHistoryResponse><spotPriceHistorySet>${items.join('')}` +
        `</spotPriceHistorySet><nextToken>${next}</nextToken></DescribeSpotPriceHistoryResponse>`,
    );
  });
  fakes.push(fake);
  return fake;
}

const inZone = (price: number, at: number, type = 'c6i.large'): Row => ({
  ...{ type, zone: 'eu-west-1a', zoneId: 'euw1-az3', price, at },
});

async function prices(ec2: HttpFake, parameters: string) {
  const path = join(directory, 'prices.csv.gz');
  const environment = { ...process.env, AWS_ENDPOINT_URL_EC2: ec2.url };
  const words = ['prices', ...parameters.split(' ')];
  const result = await runCommand(words, { directory, environment });
  writeFileSync(path, result.stdoutBytes);
  return { path, ...result };
}

/** As a person does: a process of its own, and a shell that writes the file. */
async function pricesInShell(ec2: HttpFake, parameters: string) {
  const path = join(directory, 'by-shell.csv.gz');
  const command = `"${process.execPath}" "${projectRoot}/cli/bin.mjs" prices ${parameters} > "${path}"`;
  const environment = { ...process.env, AWS_ENDPOINT_URL_EC2: ec2.url };
  const options = { directory, environment, limitSeconds: 60 };
  return { path, ...(await runProcess('sh', ['-c', command], options)) };
}

/** The SDK may warn of an old Node before. */
const lastLine = (text: string) => text.trim().split('\n').at(-1);

const asked = ({ received }: HttpFake, key: string) =>
  new Set(received.map(({ body }) => new URLSearchParams(body).get(key)));

describe('muster prices', () => {
  it('writes the changes of the time that was asked for, which the simulator reads', async () => {
    const ec2 = await startEc2([
      inZone(0.031, now - day),
      inZone(0.03, now - 9 * day),
      inZone(0.05, now - 100, 'm6a.large'),
    ]);
    const options = '--days 3 --region eu-west-1 --type c6i.large --type m6a.large';
    const { exitCode, stderr, path } = await pricesInShell(ec2, options);
    expect([exitCode, lastLine(stderr)]).toEqual([0, 'eu-west-1: 3 changes of 2 types']);
    const [header, ...rows] = gunzipSync(readFileSync(path)).toString().trim().split('\n');
    expect(header).toBe('unix_time,zone_id,instance_type,spot_usd_per_hour');
    const written = rows.map((row) => row.split(','));
    expect(written.map(([, ...rest]) => rest.join())).toEqual([
      'euw1-az3,c6i.large,0.03',
      'euw1-az3,c6i.large,0.031',
      'euw1-az3,c6i.large,0.031',
      'euw1-az3,m6a.large,0.05',
      'euw1-az3,m6a.large,0.05',
    ]);
    const times = written.map(([time]) => Number(time));
    expect(times[2]! - times[0]!).toBe(3 * day);
    expect(times[1]).toBe(now - day);
    const { counts } = await readSpotPrices(path, { lenient: false });
    expect(counts).toMatchObject({ rowsIn: 5, repairs: [] });
    expect(asked(ec2, 'ProductDescription.1')).toEqual(new Set(['Linux/UNIX']));
    expect(ec2.received).toHaveLength(3);
  });

  it('takes regions, types and product from the declaration', async () => {
    const declaration = readFileSync(join(projectRoot, 'muster.yaml'), 'utf8');
    const file = join(directory, 'muster.yaml');
    const product = declaration.replace(
      'maxPrice: 0.30',
      'maxPrice: 0.30\n        product: SUSE Linux',
    );
    writeFileSync(file, product);
    const ec2 = await startEc2([
      { ...inZone(0.1, now - 5, 'c7g.2xlarge'), zoneId: '' },
      inZone(0.2, now - 5, 'm6a.4xlarge'),
    ]);
    const { exitCode, stderr, path } = await prices(ec2, '--days 1');
    expect(exitCode).toBe(0);
    expect(lastLine(stderr)).toBe('eu-west-1: 2 changes of 2 types; none of c6i.2xlarge');
    expect(asked(ec2, 'ProductDescription.1')).toEqual(new Set(['SUSE Linux']));
    const table = await readSpotPrices(path, { lenient: false });
    expect([...table.zones.keys()]).toEqual(['eu-west-1a', 'euw1-az3']);
  });

  it('writes nothing when not everything could be read', async () => {
    const ec2 = await startEc2([inZone(0.03, now - 50), inZone(0.04, now - 40)], 1);
    const { exitCode, stderr, path } = await prices(ec2, '--region eu-west-1 --type c6i.large');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('reading spot prices of eu-west-1');
    expect(stderr).toContain('UnauthorizedOperation');
    expect(statSync(path).size).toBe(0);
  });

  it('says so with exit code 2 when EC2 has no price, and writes nothing', async () => {
    const ec2 = await startEc2([]);
    const { exitCode, stderr, path } = await prices(ec2, '--region eu-west-1 --type c6i.lagre');
    expect(stderr).toContain('EC2 has none of c6i.lagre as Linux/UNIX; allowed: types that it');
    expect([exitCode, statSync(path).size]).toEqual([2, 0]);
  });

  it.each([
    ['--region eu-west-1', '--region and --type go together'],
    ['--region mars --type c6i.large', 'got "mars"; allowed: a region such as eu-west-1'],
    ['--days 91', 'Allowed: a whole number from 1 to 90'],
    ['--days 0', 'Allowed: a whole number from 1 to 90'],
    ['--config absent.yaml', 'absent.yaml: no such file'],
    ['--product Windows', 'no pool is of Windows; allowed: Linux/UNIX'],
  ])('refuses %s before it asks anything', async (parameters, problem) => {
    const command = pricesCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    const words = ['--config', join(projectRoot, 'muster.yaml'), ...parameters.split(' ')];
    await expect(command.parseAsync(words, { from: 'user' })).rejects.toThrow(problem);
  });
});
