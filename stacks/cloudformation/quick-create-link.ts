import { StackError } from '../stack-error.ts';
import type { Template } from './template.ts';

export interface QuickCreate {
  readonly template: Template;
  /** https URL in S3 where CloudFormation reads the template. */
  readonly templateUrl: string;
  readonly region: string;
  readonly stackName: string;
  /** In place of the template's own defaults, by parameter. */
  readonly values: Readonly<Record<string, string>>;
}

/** A browser and the console take more, but a link is passed on in mails and chats. */
const templateUrlLimit = 1024;

/**
 * A link to the page of CloudFormation's console that makes the stack, with every parameter filled in:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
 *
 * @throws Error for a URL that CloudFormation does not read, or a value of no parameter.
 */
export function quickCreateLink(options: QuickCreate): string {
  const { template, templateUrl, region, stackName, values } = options;
  if (!isInS3(templateUrl) || templateUrl.length > templateUrlLimit) {
    throw new StackError(
      `--quick-create ${templateUrl} is no URL of an object in S3, such as ` +
        'https://BUCKET.s3.eu-west-1.amazonaws.com/pool.yaml: upload the template and name that',
    );
  }
  const names = Object.keys(template.Parameters);
  for (const [name, value] of Object.entries(values)) {
    if (!names.includes(name)) {
      throw new StackError(`no parameter ${name}=${value}; allowed: ${names.join(', ')}`);
    }
  }
  const parameters = Object.entries(template.Parameters).map(
    ([name, { Default }]): [string, string] => [`param_${name}`, values[name] ?? String(Default)],
  );
  const query = [['templateURL', templateUrl], ['stackName', stackName], ...parameters]
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join('&');
  return `https://${region}.${consoleHost(region)}/cloudformation/home?region=${region}#/stacks/create/review?${query}`;
}

function isInS3(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, pathname } = new URL(url);
  const isHost = /(^|\.)s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?$/.test(hostname);
  return protocol === 'https:' && isHost && pathname.length > 1;
}

function consoleHost(region: string): string {
  if (region.startsWith('cn-')) return 'console.amazonaws.cn';
  return region.startsWith('us-gov-') ? 'console.amazonaws-us-gov.com' : 'console.aws.amazon.com';
}

/** CloudFormation takes letters, digits and hyphens, and at most 128 of them. */
export function stackNameOf(fleet: string, poolId: string): string {
  return `${fleet}-${poolId}`.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 128);
}
