import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTasks } from '../../../sim/traces/tasks.ts';
import { missingParts } from '../../harness/missing-part.ts';
import { realData, realDataPart } from './real-data.ts';
import { messageOf, traceFile } from './trace-files.ts';

const strict = { lenient: false };
const lenient = { lenient: true };
const header = 'arrival_s,duration_s\n';

describe('readTasks', () => {
  it.each([
    ['plain.csv', `${header}0,5\n10.5,7.25\n10.5,1e3\n`],
    ['packed.csv.gz', `${header}0,5\n10.5,7.25\n10.5,1e3\n`],
    [
      'mark-and-line-ends.csv',
      `\uFEFF${header}0,5\n10.5,7.25\n10.5,1e3\n`.replaceAll('\n', '\r\n'),
    ],
    ['quotes.csv', '"arrival_s","duration_s"\n"0","5"\n 10.5 , 7.25\n\n10.5,1e3'],
  ])('reads %s', (name, text) => {
    const { tasks, counts } = readTasks(traceFile(name, text), strict);
    expect(tasks).toEqual([
      { arrival: 0, duration: 5 },
      { arrival: 10.5, duration: 7.25 },
      { arrival: 10.5, duration: 1000 },
    ]);
    expect(counts).toMatchObject({ rowsIn: 3, tasksOut: 3, repairs: [] });
  });

  it('knows a gzipped file by what is in it', () => {
    const file = traceFile('packed.csv', gzipSync(`${header}0,5\n`));
    expect(readTasks(file, strict).tasks).toHaveLength(1);
  });

  it('takes 105,000 rows in well under a second', () => {
    const rows = Array.from({ length: 105_000 }, (_, index) => `${index * 3.8},${300 + index / 7}`);
    const file = traceFile('long.csv.gz', header + rows.join('\n'));
    // Time of the processor, since other tests run beside this one.
    const start = process.cpuUsage();
    expect(readTasks(file, strict).counts.tasksOut).toBe(105_000);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(1);
  });

  const broken = [
    ['10,x', 'duration_s: got "x"'],
    [',4', 'arrival_s: got ""'],
    ['8,1,2', 'got "8,1,2", 3 columns; allowed: 2'],
    ['8', 'got "8", 1 columns'],
    ['-1,4', 'arrival_s: got "-1"'],
    ['5,-4', 'duration_s: got "-4"'],
    ['NaN,4', 'arrival_s: got "NaN"'],
    ['5,Infinity', 'duration_s: got "Infinity"'],
    ['1e999,4', 'arrival_s: got "1e999"'],
    ['0x10,4', 'arrival_s: got "0x10"'],
  ] as const;

  it.each(broken)(
    'names the line of a malformed row %s, or leaves it out',
    async (row, problem) => {
      const file = traceFile('malformed.csv', `${header}0,5\n\n${row}\n20,6\n`);
      const message = await messageOf(() => readTasks(file, strict));
      expect(message).toContain(`malformed.csv: line 4: ${problem}`);
      expect(message).toContain('add --lenient: malformed rows are left out');
      const { tasks, counts } = readTasks(file, lenient);
      expect(tasks.map(({ arrival }) => arrival)).toEqual([0, 20]);
      expect(counts).toMatchObject({
        rowsIn: 3,
        tasksOut: 2,
        repairs: [{ kind: 'malformed row', count: 1, text: '1 malformed row left out, at line 4' }],
      });
    },
  );

  it('shows ten problems and counts the others', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) =>
      index % 2 ? `${index},x` : `${index},0`,
    );
    const file = traceFile('many.csv', header + rows.join('\n'));
    const lines = (await messageOf(() => readTasks(file, strict))).split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[9]).toContain('line 11: duration_s');
    expect(lines[10]).toContain('990 more problems');
    expect(lines[10]).toContain('1000 problems: 500 durations of 0, 500 malformed rows');
    expect(readTasks(file, lenient).counts).toMatchObject({ rowsIn: 1000, tasksOut: 500 });
  });

  it('refuses a duration of 0, or makes it a second', async () => {
    const file = traceFile('zero.csv', `${header}0,0\n1,0.0\n2,0.4\n`);
    expect(await messageOf(() => readTasks(file, strict))).toContain(
      'zero.csv: line 2: duration_s: got 0; allowed: seconds, greater than 0',
    );
    const { tasks, counts } = readTasks(file, lenient);
    expect(tasks.map(({ duration }) => duration)).toEqual([1, 1, 0.4]);
    expect(counts.repairs[0]?.text).toBe('2 durations of 0 raised to 1 s, the first at line 2');
  });

  it('refuses times that go back, or sorts them and keeps the order of equals', async () => {
    const file = traceFile('back.csv', `${header}0,1\n9,2\n5,3\n9,4\n7,5\n10,6\n`);
    const message = await messageOf(() => readTasks(file, strict));
    expect(message).toContain('back.csv: line 4: arrival_s: got 5 after 9 (line 3)');
    expect(message).toContain('line 6: arrival_s: got 7 after 9 (line 5)');
    const { tasks, counts } = readTasks(file, lenient);
    expect(tasks.map(({ duration }) => duration)).toEqual([1, 3, 5, 2, 4, 6]);
    expect(counts.repairs).toMatchObject([{ kind: 'row that goes back in time', count: 2 }]);
    expect(counts).toMatchObject({ rowsIn: 6, tasksOut: 6 });
  });

  it('refuses a missing header, or takes it for granted', async () => {
    const file = traceFile('headless.csv', '0,5\n3,6\n');
    expect(await messageOf(() => readTasks(file, strict))).toContain(
      'headless.csv: line 1: got "0,5"; allowed: the header arrival_s,duration_s',
    );
    const { tasks, counts } = readTasks(file, lenient);
    expect(tasks).toHaveLength(2);
    expect(counts.rowsIn).toBe(2);
    expect(counts.repairs[0]?.text).toContain('1 missing header read as arrival_s,duration_s');
  });

  it.each([
    ['empty.csv', '', 'empty.csv: empty; allowed: the header arrival_s,duration_s'],
    ['blank.csv', '\n \n', 'blank.csv: empty'],
    ['empty.csv.gz', '', 'empty.csv.gz: empty'],
    ['only-header.csv', header, 'only-header.csv: no task in 0 rows'],
    ['no-good-row.csv', `${header}x,y\nz,1\n`, 'no-good-row.csv: no task in 2 rows'],
    [
      'other-header.csv',
      'duration_s,arrival_s\n1,2\n',
      'line 1: got "duration_s,arrival_s"; allowed',
    ],
    [
      'damaged.csv.gz',
      gzipSync(`${header}0,5\n`).subarray(0, 25),
      'gzipped, and damaged or cut off',
    ],
    ['quote.csv', `${header}1,"2\n3,4\n`, 'quote.csv: not CSV: '],
  ])('refuses %s even when lenient', async (name, content, problem) => {
    const file = traceFile(name, content);
    expect(await messageOf(() => readTasks(file, lenient))).toContain(problem);
  });

  it('refuses what is no file', async () => {
    const missing = await messageOf(() => readTasks('absent.csv', lenient));
    expect(missing).toBe('absent.csv: no such file; allowed: the path of a file that is there');
    expect(await messageOf(() => readTasks('test', lenient))).toContain('test: a directory');
  });

  it('tells of a gap with its line, or keeps it and counts it', async () => {
    const rows = Array.from(
      { length: 200 },
      (_, index) => `${index * 10 + (index > 99 ? 7200 : 0)},5`,
    );
    const file = traceFile('gap.csv', header + rows.join('\n'));
    expect(await messageOf(() => readTasks(file, strict))).toBe(
      'gap.csv: line 102: no task comes for 2.0 h since 990 s, which nothing else in the file is like\n' +
        'gap.csv: mend the file, or add --lenient: gaps are kept, as times in which no task comes',
    );
    const { tasks, counts } = readTasks(file, lenient);
    expect(tasks[100]).toEqual({ arrival: 8200, duration: 5 });
    expect(counts).toMatchObject({
      repairs: [{ kind: 'gap', count: 1 }],
      longestSilence: { duration: 7210, line: 102 },
    });
  });
});

// The data is no part of the project, so even a build machine may lack it.
describe.skipIf(await missingParts([realDataPart], {}))('real traces', () => {
  const read = (name: string, options: { lenient: boolean }) =>
    readTasks(realData(`jobs/${name}`), options);

  it.each([
    ['firefox-ci-2020-08.gecko-3-b-linux.csv.gz', 36_511],
    ['firefox-ci-2020-08.gecko-t-t-win10-64.csv.gz', 34_698],
    ['firefox-ci-2020-08.mobile-1-decision.csv.gz', 240],
    ['firefox-ci-2020-08.mobile-3-b-linux-large.csv.gz', 5_254],
  ])('%s is taken as it is: its quiet hours come back', (name, tasks) => {
    expect(read(name, strict).counts).toMatchObject({
      rowsIn: tasks,
      tasksOut: tasks,
      repairs: [],
    });
  });

  it('nasa-ipsc-1993 has quiet nights, and one time of six days that is a gap', async () => {
    const name = 'nasa-ipsc-1993.csv.gz';
    const message = await messageOf(() => read(name, strict));
    expect(message).toContain('line 17841: no task comes for 6.0 days');
    expect(read(name, lenient).counts).toMatchObject({
      tasksOut: 18_066,
      repairs: [{ kind: 'gap', count: 1 }],
    });
  });
});
