import { existsSync, statSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import writeFileAtomic from 'write-file-atomic';
import { StackError } from '../stacks/stack-error.ts';

export interface CloudFormationOptions {
  readonly config: string;
  readonly out?: string;
  readonly pool?: string;
  readonly quickCreate?: string;
  readonly parameter: Readonly<Record<string, string>>;
}

/** Writes one pool's template to a file or to the output, or prints the link that deploys it. */
export async function synthCloudFormation(options: CloudFormationOptions): Promise<void> {
  const { config, out, quickCreate } = options;
  // Loaded only here: the Terraform bindings take half a second.
  const { loadPinnedFleet } = await import('../pool/image-lock.ts');
  const { chosenPool, cloudFormationTemplate } = await import(
    '../stacks/cloudformation/template.ts'
  );
  const { templateText } = await import('../stacks/cloudformation/template-text.ts');
  const { quickCreateLink, stackNameOf } = await import(
    '../stacks/cloudformation/quick-create-link.ts'
  );
  const fleet = loadPinnedFleet(config);
  const pool = chosenPool(fleet, options.pool ?? null, config);
  const template = cloudFormationTemplate(fleet, pool);
  const text = templateText(template);
  const link =
    quickCreate === undefined
      ? null
      : quickCreateLink({
          template,
          templateUrl: quickCreate,
          region: pool.regions[0] as string,
          stackName: stackNameOf(fleet.name, pool.id),
          values: options.parameter,
        });
  if (out !== undefined) {
    if (existsSync(out) && !statSync(out).isFile()) {
      throw new StackError(`--out ${out} is a directory; a template is one file: name one`);
    }
    await writeFileAtomic(out, text);
  }
  if (link !== null) process.stdout.write(`${link}\n`);
  else if (out === undefined) process.stdout.write(text);
  else process.stdout.write(`Wrote ${out}: pool ${pool.name} of fleet ${fleet.name}\n`);
}

/** `NAME=VALUE`, as often as wanted. */
export function collectParameter(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const end = text.indexOf('=');
  if (end < 1) throw new InvalidArgumentError('expected NAME=VALUE, such as VpcId=vpc-0a1b2c3d');
  return { ...before, [text.slice(0, end)]: text.slice(end + 1) };
}
