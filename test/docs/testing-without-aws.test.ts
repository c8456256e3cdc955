import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceNames } from '../../cloud/protocol/service-model.ts';
import { servedOperations } from '../../cloud/served-operations.ts';
import { type RunningCloud, startCloud } from '../cloud/running-cloud.ts';
import { motoDepartures } from '../contract/departures-of-moto.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';

const file = join(projectRoot, 'docs/testing-without-aws.md');
const text = () => readFileSync(file, 'utf8');

const titles: Readonly<Record<(typeof serviceNames)[number], string>> = {
  autoscaling: 'Auto Scaling',
  ec2: 'EC2',
  pricing: 'Pricing',
  servicequotas: 'Service Quotas',
};

function operationRows(): readonly string[] {
  return serviceNames.map((service) => {
    const names = servedOperations[service].toSorted().join(', ');
    return `| ${titles[service]} | ${names} |`;
  });
}

/** What the tests of semantics are named: the page, and what each shows. */
function semanticsRows(): readonly string[] {
  const folder = join(projectRoot, 'test/cloud');
  const files = readdirSync(folder).filter((name) => name.startsWith('semantics-'));
  return files.sort().flatMap((name) => {
    const source = readFileSync(join(folder, name), 'utf8');
    const sections = source.split(/^describe\(/m).slice(1);
    return sections.map((section) => {
      const [, , page = ''] = /^(['"])(.*?)\1, /.exec(section) ?? [];
      const shown = [...section.matchAll(/\bit(?:\.each\([\s\S]*?\]\))?\(\s*(['"])(.*?)\1,/g)];
      return `| ${page} | ${shown.map(([, , title = '']) => title.replace(' (%s)', '')).join('; ')} |`;
    });
  });
}

function withTable(document: string, head: string, rows: readonly string[]): string {
  const top = `${head}\n${'|---'.repeat(head.split('|').length - 2)}|\n`;
  if (!document.includes(top)) throw new Error(`there is no table with the head ${head}`);
  const start = document.indexOf(top) + top.length;
  const end = document.indexOf('\n\n', start);
  return document.slice(0, start) + rows.join('\n') + document.slice(end);
}

function departureRows(): readonly string[] {
  return motoDepartures.map(
    ({ case: name, moto, aws, source: { title, url } }) =>
      `| ${name} | ${moto} | ${aws} | [${title}](${url}) |`,
  );
}

describe('docs/testing-without-aws.md', () => {
  let running: RunningCloud;
  beforeAll(async () => {
    running = await startCloud();
  });
  afterAll(() => running.stop());

  /** `npx vitest run test/docs/testing-without-aws.test.ts -u` writes the tables anew. */
  it('lists what is served and what is shown, as the code and the tests have it', async () => {
    const operations = withTable(text(), '| service | operations |', operationRows());
    const semantics = withTable(operations, '| page | what a test shows |', semanticsRows());
    const head = '| a cloud | moto | AWS, by its documents | where |';
    const whole = withTable(semantics, head, departureRows());
    expect(semanticsRows().length).toBeGreaterThan(8);
    await expect(whole).toMatchFileSnapshot(file);
  });

  it('has an example that prints what it says', async () => {
    const [, program = ''] = /```js\n([\s\S]*?)```/.exec(text()) ?? [];
    const [, output = ''] = /```text\n([\s\S]*?)```/.exec(text()) ?? [];
    const result = await runProcess(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', program],
      {
        directory: projectRoot,
        environment: { PATH: process.env.PATH, AWS_ENDPOINT_URL: running.endpoint },
        limitSeconds: 25,
      },
    );
    expect(result).toMatchObject({ exitCode: 0, stdout: output });
  });
});
