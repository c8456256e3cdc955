import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Part } from './missing-part.ts';
import { type ProcessResult, runProcess } from './run-process.ts';
import { findProviderSource, terraformConfiguration } from './terraform-mirror.ts';

/** Real Terraform, with a CLI configuration of its own, so that a machine's cannot change a test. */
export interface Terraform {
  /** Runs `terraform -chdir=FOLDER ARGUMENTS`; a non-zero exit code is a result, not an error. */
  run(folder: string, ...parameters: string[]): Promise<ProcessResult>;
  /** As `run`; rejects with all that it printed unless it exits with 0. */
  succeed(folder: string, ...parameters: string[]): Promise<ProcessResult>;
  /** What Terraform runs in, for a program that runs Terraform itself. */
  readonly environment: NodeJS.ProcessEnv;
  /** Removes the CLI configuration. */
  stop(): void;
}

/** Destroying a group waits for its instances: 15 s on moto, more where cores are shared. */
const limitSeconds = 180;

export const terraformPart: Part = {
  name: 'terraform',
  install: 'put Terraform 1.5 or later on PATH (https://developer.hashicorp.com/terraform/install)',
  present: () => spawnSync('terraform', ['version'], terraformQuiet).status === 0,
};

/** Without a mirror the registry must answer, or `init` cannot get the provider. */
export const awsProviderPart: Part = {
  name: 'the AWS provider of Terraform',
  install:
    'set MUSTER_TF_MIRROR to a folder with registry.terraform.io/hashicorp/aws/VERSION/PLATFORM ' +
    '(`terraform providers mirror` makes one), or connect to the network',
  present: async () => findProviderSource().kind !== 'direct' || (await registryAnswers()),
};

const terraformQuiet = {
  timeout: 30_000,
  env: { ...process.env, CHECKPOINT_DISABLE: '1' },
};

/**
 * The provider takes up much memory as it starts, and a fifth of its time goes into looking what of it
 * can be freed (https://pkg.go.dev/runtime: GOGC, GOMEMLIMIT). It may keep more, up to a limit.
 */
const generousMemory = { GOGC: 'off', GOMEMLIMIT: '1GiB' };

/** @param environment What the provider needs beyond PATH and HOME, such as AWS_ENDPOINT_URL. */
export function openTerraform(environment: NodeJS.ProcessEnv = {}): Terraform {
  const home = mkdtempSync(join(tmpdir(), 'muster-terraform-'));
  const configurationFile = join(home, 'terraform.rc');
  writeFileSync(configurationFile, terraformConfiguration(findProviderSource()));
  const whole = {
    PATH: process.env.PATH,
    HOME: home, // no shared AWS files, no plugin cache
    TMPDIR: process.env.TMPDIR,
    ...generousMemory,
    ...environment,
    TF_CLI_CONFIG_FILE: configurationFile,
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    CHECKPOINT_DISABLE: '1',
  };
  const run = (folder: string, ...parameters: string[]) =>
    runProcess('terraform', [`-chdir=${folder}`, ...parameters], {
      environment: whole,
      limitSeconds,
    });
  return {
    run,
    environment: whole,
    async succeed(folder, ...parameters) {
      const result = await run(folder, ...parameters);
      if (result.exitCode === 0) return result;
      throw new Error(
        `terraform ${parameters.join(' ')} in ${folder}: exit code ${result.exitCode}\n` +
          `${result.stdout}\n${result.stderr}`,
      );
    },
    stop: () => rmSync(home, { recursive: true, force: true }),
  };
}

async function registryAnswers(): Promise<boolean> {
  const url = 'https://registry.terraform.io/.well-known/terraform.json';
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    (response) => response.ok,
    () => false,
  );
}
