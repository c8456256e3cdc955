import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readSpotPrices, type SpotPriceTable } from '../../../sim/traces/prices.ts';
import { regionCode, regionCodeOfZone } from '../../../sim/traces/zones.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { realData, realDataPart } from './real-data.ts';
import { messageOf, traceFile } from './trace-files.ts';

const strict = { lenient: false };
const lenient = { lenient: true };
const header = 'unix_time,zone_id,instance_type,spot_usd_per_hour\n';
const good = [
  '1700000000,euw1-az2,c6i.large,0.03',
  '1700000600,euw1-az2,c6i.large,',
  '1700000900,euw1-az2,c6i.large,0.04',
  '1700000100,euw1-az1,m6a.large,0.05',
];

/** By zone and type, as plain lists; null: gone. */
function changesOf({ changes }: SpotPriceTable) {
  return Object.fromEntries(
    [...changes].flatMap(([zone, types]) =>
      [...types].map(([type, { times, prices }]) => [
        `${zone} ${type}`,
        [...times].map((at, index) => [at, Number.isNaN(prices[index]) ? null : prices[index]]),
      ]),
    ),
  );
}

describe('readSpotPrices', () => {
  it.each([
    ['plain.csv', header + good.join('\n')],
    ['packed.csv.gz', `${header}${good.join('\n')}\n`],
    ['line-ends.csv', `\uFEFF${header}${good.join('\n')}\n\n`.replaceAll('\n', '\r\n')],
    ['quotes.csv', (header + good.join('\n')).replaceAll(/[a-z][\w.-]+/g, '"$&"')],
  ])('reads %s', async (name, text) => {
    const table = await readSpotPrices(traceFile(name, text), strict);
    expect(changesOf(table)).toEqual({
      'euw1-az1 m6a.large': [[1_700_000_100, 0.05]],
      'euw1-az2 c6i.large': [
        [1_700_000_000, 0.03],
        [1_700_000_600, null],
        [1_700_000_900, 0.04],
      ],
    });
    expect([...table.zones]).toEqual([
      ['euw1-az1', { regionCode: 'euw1', first: 1_700_000_100, last: 1_700_000_100 }],
      ['euw1-az2', { regionCode: 'euw1', first: 1_700_000_000, last: 1_700_000_900 }],
    ]);
    expect(table.counts).toEqual({ rowsIn: 4, changesOut: 4, ofOtherTypes: 0, repairs: [] });
  });

  it('keeps the types that are asked for, and knows until when the others have prices', async () => {
    const file = traceFile('types.csv', header + good.join('\n'));
    const table = await readSpotPrices(file, { ...strict, instanceTypes: ['m6a.large'] });
    expect(Object.keys(changesOf(table))).toEqual(['euw1-az1 m6a.large']);
    expect(table.zones.get('euw1-az2')?.last).toBe(1_700_000_900);
    expect(table.counts).toEqual({ rowsIn: 4, changesOut: 1, ofOtherTypes: 3, repairs: [] });
  });

  it.each([
    ['abc,euw1-az2,c6i.large,0.03', 'unix_time: got "abc"'],
    [',euw1-az2,c6i.large,0.03', 'unix_time: got ""'],
    ['1700000000000,euw1-az2,c6i.large,0.03', 'unix_time: got "1700000000000"'],
    ['1700001000,euw1-az2,c6i.large,0', 'spot_usd_per_hour: got "0"'],
    ['1700001000,euw1-az2,c6i.large,-1', 'spot_usd_per_hour: got "-1"'],
    ['1700001000,euw1-az2,c6i.large,Infinity', 'spot_usd_per_hour: got "Infinity"'],
    ['1700001000,euw1-az2,c6i.large,0.03,Linux', 'got "1700001000,euw1-az2,c6i.large,0.03,Linux"'],
    ['1700001000,euw1-az2,c6i.large,0.03,0.04', 'got "1700001000,euw1-az2,c6i.large,0.03,0.04"'],
    ['1700001000,c6i.large,0.03', 'got "1700001000,c6i.large,0.03"'],
    ['nonsense', 'got "nonsense"'],
    ['1700001000,euw1-az2,large,0.03', 'got "1700001000,euw1-az2,large,0.03"'],
  ])('names the line of a malformed row %s, or leaves it out', async (row, problem) => {
    const file = traceFile('malformed.csv', `${header}${good.join('\n')}\n${row}\n`);
    const message = await messageOf(() => readSpotPrices(file, strict));
    expect(message).toContain(`malformed.csv: line 6: ${problem}`);
    const { counts } = await readSpotPrices(file, lenient);
    expect(counts).toMatchObject({
      rowsIn: 5,
      changesOut: 4,
      repairs: [{ text: '1 malformed row left out, at line 6' }],
    });
  });

  it('refuses a zone of no known form, or leaves it out', async () => {
    const rows = [...good, '1700001000,mars-1,c6i.large,0.03', '1700001001,mars-1,c6i.large,0.03'];
    const file = traceFile('zones.csv', header + rows.join('\n'));
    expect(await messageOf(() => readSpotPrices(file, strict))).toContain(
      'zones.csv: line 6: zone_id: got "mars-1"; allowed: a zone\'s id or name, such as use1-az4',
    );
    const table = await readSpotPrices(file, lenient);
    expect([...table.zones.keys()]).toEqual(['euw1-az1', 'euw1-az2']);
    expect(table.counts).toMatchObject({ rowsIn: 6, changesOut: 4 });
    expect(table.counts.repairs[0]?.text).toBe(
      '2 rows of unknown zones left out, the first at line 6',
    );
  });

  it('refuses times that go back within an offering, or sorts them', async () => {
    const rows = [...good, '1700000300,euw1-az2,c6i.large,0.035'];
    const file = traceFile('back.csv', header + rows.join('\n'));
    expect(await messageOf(() => readSpotPrices(file, strict))).toContain(
      'back.csv: line 6: unix_time: got 1700000300 after 1700000900',
    );
    const table = await readSpotPrices(file, lenient);
    const times = changesOf(table)['euw1-az2 c6i.large']?.map(([at]) => at);
    expect(times).toEqual([1_700_000_000, 1_700_000_300, 1_700_000_600, 1_700_000_900]);
    expect(table.counts.repairs).toMatchObject([{ count: 1 }]);
  });

  it.each([
    ['empty.csv', '', 'empty.csv: empty; allowed: the header unix_time,zone_id'],
    ['only-header.csv', header, 'only-header.csv: no price in 0 rows'],
    ['no-good-row.csv', `${header}x\n`, 'no-good-row.csv: no price in 1 rows'],
    ['header.csv', 'time,zone,type,price\n', 'header.csv: line 1: got "time,zone,type,price"'],
    ['long-line.csv', 'x'.repeat(20_000), 'long-line.csv: line 1: over 10000 characters'],
    ['cut-off.csv.gz', gzipSync(header + good.join('\n')).subarray(0, -9), 'cut off'],
  ])('refuses %s even when lenient', async (name, content, problem) => {
    const file = traceFile(name, content);
    expect(await messageOf(() => readSpotPrices(file, lenient))).toContain(problem);
  });

  it('refuses what is no file', async () => {
    expect(await messageOf(() => readSpotPrices('absent.csv.gz', lenient))).toContain(
      'absent.csv.gz: no such file',
    );
    expect(await messageOf(() => readSpotPrices('test', lenient))).toContain('test: a directory');
  });
});

describe('regions and their zones', () => {
  it.each([
    ['us-east-1', 'use1', ['use1-az4', 'us-east-1a']],
    ['us-west-2', 'usw2', ['usw2-az1', 'us-west-2d', 'usw2-lax1-az1', 'us-west-2-lax-1a']],
    ['ap-northeast-2', 'apne2', ['apne2-az1', 'ap-northeast-2c']],
    ['ap-south-1', 'aps1', ['aps1-az1', 'ap-south-1b']],
    ['eu-central-1', 'euc1', ['euc1-az2', 'eu-central-1a']],
    ['us-gov-west-1', 'usgw1', ['usgw1-az1', 'us-gov-west-1a']],
  ])('knows those of %s', (region, code, zones) => {
    expect(regionCode(region)).toBe(code);
    expect(zones.map(regionCodeOfZone)).toEqual(zones.map(() => code));
  });

  it.each(['', 'us-east-1', 'use1', 'az4', 'us-up-1a', 'USE1-AZ4', 'Linux'])(
    'knows no zone %j',
    (zone) => {
      expect(regionCodeOfZone(zone)).toBeNull();
    },
  );
});

// The data is no part of the project, so even a build machine may lack it.
describe.skipIf(await missingParts([realDataPart], {}))('real prices', () => {
  it('reads nine months of a region in seconds, for the types of a pool', async () => {
    const file = realData('spot/us-east-1.csv.gz');
    const instanceTypes = ['c5.4xlarge', 'c6i.2xlarge', 'c7g.2xlarge', 'm6a.4xlarge'];
    const start = process.cpuUsage();
    const table = await readSpotPrices(file, { ...strict, instanceTypes });
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(4);
    expect(table.zones.size).toBe(6);
    const { rowsIn, changesOut, ofOtherTypes } = table.counts;
    expect(rowsIn).toBe(828_804);
    expect(changesOut + ofOtherTypes).toBe(rowsIn);
    expect(changesOut).toBeGreaterThan(10_000);
  });
});
