import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { missingParts } from '../harness/missing-part.ts';
import { projectRoot } from '../harness/project-root.ts';
import { runCommand } from '../harness/run-command.ts';
import { runProcess } from '../harness/run-process.ts';
import { toolPart } from '../harness/tools/tool.ts';
import { ansibleTool } from '../packer/machine-tools.ts';

const folder = join(projectRoot, 'examples', 'pipelines');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const jobs = [
  'build-worker-ami',
  'terraform-plan',
  'terraform-apply',
  'deploy',
  'clean-old-worker-ami',
  'terraform-destroy',
];
const files = ['github-actions.yml', 'gitlab-ci.yml', 'concourse.yml'];

const github = z
  .object({
    permissions: z.record(z.string(), z.string()),
    jobs: z.record(
      z.string(),
      z.object({
        environment: z.string().optional(),
        needs: z.array(z.string()).default([]),
        steps: z.array(z.object({ run: z.string().optional() })),
      }),
    ),
  })
  .parse(parse(read('github-actions.yml')));

const gitlabJob = z.object({
  needs: z.array(z.string()).default([]),
  stage: z.string(),
  rules: z.array(z.object({ when: z.string().optional() })),
  script: z.array(z.string()),
});
const gitlab = z.looseObject({ stages: z.array(z.string()) }).parse(parse(read('gitlab-ci.yml')));
const gitlabOf = (name: string) => gitlabJob.parse(gitlab[name]);

/** The lines of one job. */
const jobOf = (text: string, name: string) =>
  new RegExp(`^( *)${name}:\n(?:\\1 +.*\n|\n)*`, 'm').exec(text)?.[0] ?? '';

const concourse = z
  .strictObject({
    var_sources: z.array(z.object({ type: z.string() })),
    resources: z.array(z.object({ name: z.string() })),
    jobs: z.array(
      z.strictObject({
        name: z.string(),
        serial_groups: z.array(z.string()),
        plan: z.array(
          z.looseObject({
            get: z.string().optional(),
            put: z.string().optional(),
            task: z.string().optional(),
            trigger: z.boolean().optional(),
            passed: z.array(z.string()).default([]),
          }),
        ),
      }),
    ),
  })
  .parse(parse(read('concourse.yml'), { merge: true }));
const concourseOf = (name: string) => concourse.jobs.find((job) => job.name === name)?.plan ?? [];

type Parser = typeof import('@actions/workflow-parser');
let parser: Parser;
const parserFolder = mkdtempSync(join(tmpdir(), 'muster-workflow-parser-'));

// The package imports JSON in a way that Node refuses and bundlers take.
beforeAll(async () => {
  const outfile = join(parserFolder, 'parser.mjs');
  const entryPoints = ['@actions/workflow-parser'];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm' });
  parser = (await import(outfile)) as Parser;
});
afterAll(() => rmSync(parserFolder, { recursive: true, force: true }));

async function githubErrors(content: string): Promise<string[]> {
  const trace = new parser.NoOperationTraceWriter();
  const { context, value } = parser.parseWorkflow({ name: 'muster.yml', content }, trace);
  if (value === undefined) return ['no workflow'];
  await parser.convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

describe('examples/pipelines', () => {
  it('has a workflow that the parser of GitHub takes', async () => {
    expect(await githubErrors(read('github-actions.yml'))).toEqual([]);
    const wrong = read('github-actions.yml').replace('runs-on:', 'run-on:');
    expect((await githubErrors(wrong)).length).toBeGreaterThan(0);
  });

  it('has the six jobs, each with its script, in each pipeline', () => {
    expect(Object.keys(github.jobs)).toEqual(jobs);
    expect(concourse.jobs.map(({ name }) => name)).toEqual(jobs);
    const scripts = readdirSync(join(folder, 'scripts'));
    expect(scripts.sort()).toEqual([...jobs.map((name) => `${name}.sh`), 'settings.sh'].sort());
    for (const name of jobs) {
      const script = `examples/pipelines/scripts/${name}.sh`;
      const ran = (github.jobs[name]?.steps ?? []).map(({ run = '' }) => run);
      expect(ran, name).toContain(script);
      expect(gitlabOf(name).script, name).toContain(script);
      expect(JSON.stringify(concourseOf(name)), name).toContain(script);
      for (const other of jobs.filter((job) => job !== name)) {
        expect(JSON.stringify(concourseOf(name))).not.toContain(`scripts/${other}.sh`);
      }
    }
  });

  it('asks a person before apply and destroy, and before nothing else', () => {
    const approved = ['terraform-apply', 'terraform-destroy'];
    const by = (isApproved: (name: string) => boolean) => jobs.filter(isApproved);
    expect(by((name) => github.jobs[name]?.environment !== undefined)).toEqual(approved);
    expect(by((name) => gitlabOf(name).rules.every(({ when }) => when === 'manual'))).toEqual(
      approved,
    );
    expect(by((name) => !concourseOf(name).some(({ trigger }) => trigger))).toEqual(approved);
  });

  it('plans before it applies, applies before it deploys, and deploys before it cleans', () => {
    const order = [
      ['terraform-apply', 'terraform-plan'],
      ['deploy', 'terraform-apply'],
      ['deploy', 'build-worker-ami'],
      ['clean-old-worker-ami', 'deploy'],
    ] as const;
    for (const [after, before] of order) {
      expect(github.jobs[after]?.needs).toContain(before);
      expect(gitlabOf(after).needs).toContain(before);
      expect(concourseOf(after).flatMap(({ passed }) => passed)).toContain(before);
    }
    const known = new Set(concourse.resources.map(({ name }) => name));
    const used = concourse.jobs.flatMap(({ plan }) => plan.map(({ get, put }) => get ?? put));
    for (const name of used) if (name !== undefined) expect(known).toContain(name);
  });

  it('holds no key of AWS, but tokens of the CI', () => {
    for (const file of files) {
      expect(read(file)).not.toMatch(/access_key|secret_key|AWS_SECRET|AWS_ACCESS/i);
    }
    expect(github.permissions['id-token']).toBe('write');
    expect(read('gitlab-ci.yml')).toContain('id_tokens:');
    // Anyone who can open a request would have the role that applies.
    expect(jobOf(read('github-actions.yml'), 'terraform-plan')).toContain(
      'vars.MUSTER_PLAN_ROLE_ARN ||',
    );
    expect(jobOf(read('gitlab-ci.yml'), 'terraform-plan')).toContain('$MUSTER_PLAN_ROLE_ARN');
    expect(concourse.var_sources.map(({ type }) => type)).toEqual(['idtoken']);
  });
});

/** Of the pipeline of stack-external-worker, with their defaults. */
const parameters: readonly (readonly [string, string])[] = [
  ['aws_access_key', '((aws.access_key))'],
  ['aws_default_region', 'eu-west-1'],
  ['aws_secret_key', '((aws.secret_key))'],
  ['config_ansible_path', '($ project $)/ansible'],
  ['config_git_branch', 'master'],
  ['config_git_private_key', '((ssh_config.ssh_key))'],
  ['config_git_repository', 'git@github.com:MyUser/config-external-workers.git'],
  ['config_terraform_path', '($ project $)/terraform/($ environment $)'],
  ['customer', '($ organization_canonical $)'],
  ['debug_public_key', '"ssh-rsa ..."'],
  ['env', '($ environment $)'],
  ['external_worker_key', 'cycloid-worker-keys'],
  ['packer_ansible_version', '"2.7"'],
  ['project', '($ project $)'],
  ['scheduler_api_address', 'https://myscheduler.com'],
  ['scheduler_host', '"myscheduler.com"'],
  ['scheduler_port', '2222'],
  ['stack_git_branch', 'master'],
  ['terraform_storage_bucket_name', '($ organization_canonical $)-terraform-remote-state'],
];

describe.skipIf(await missingParts([toolPart(ansibleTool)]))('the scripts', () => {
  it('have no fault that shellcheck sees', async () => {
    const scripts = join(folder, 'scripts');
    const paths = jobs.map((name) => join(scripts, `${name}.sh`));
    const parameters = ['-x', '-P', scripts, ...paths, join(scripts, 'settings.sh')];
    const program = ansibleTool.program('shellcheck');
    const { exitCode, stdout } = await runProcess(program, parameters, { limitSeconds: 25 });
    expect(exitCode, stdout).toBe(0);
  });
});

describe('docs/pipelines.md', () => {
  const page = readFileSync(join(projectRoot, 'docs', 'pipelines.md'), 'utf8');
  const [, table = ''] = page.split('## Parameters of');
  const rows = [...table.matchAll(/^\| `([a-z_]+)` \| `(.+)` \| (.+) \|$/gm)];

  it('maps every parameter with its default', () => {
    expect(rows.map(([, name, byDefault]) => [name, byDefault])).toEqual(parameters);
    for (const [, name, , here] of rows) {
      expect(here, name).toMatch(/^(`[A-Z_]+`|keys? `|none: )/);
    }
  });

  it('names settings that stand in all three pipelines', () => {
    const named = rows.flatMap(([, , , here = '']) => here.match(/`[A-Z][A-Z_]+`/g) ?? []);
    const others = (/^Ours beyond these: (.*)$/m.exec(page)?.[1] ?? '').match(/`[A-Z_]+`/g) ?? [];
    const settings = new Set([...named, ...others].map((name) => name.replaceAll('`', '')));
    expect(settings.size).toBe(8);
    for (const file of files) {
      for (const setting of settings) expect(read(file), file).toContain(`${setting}:`);
    }
  });

  it('shows a command that writes the table of the cost', async () => {
    expect(page).toContain('    npx muster cost ');
    const { exitCode, stdout } = await runCommand(['cost'], { directory: projectRoot });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\| all \| \d+ to \d+ \| [\d.]+ to [\d.]+ \| [\d.]+ to [\d.]+ \|$/m);
  });
});
