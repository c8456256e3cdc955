import { stringify } from 'yaml';
import { StackError } from '../stack-error.ts';
import type { Template } from './template.ts';

/** CloudFormation's limit of a template that is read from S3; in a call it is 51,200. */
const templateLimit = 1_000_000;

/** A template as YAML 1.1, which CloudFormation reads; scripts stand as a person would write them. */
export function templateText(template: Template): string {
  const text = stringify(template, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
  const bytes = Buffer.byteLength(text);
  if (bytes > templateLimit) {
    throw new StackError(`the template has ${bytes} bytes, CloudFormation takes ${templateLimit}`);
  }
  return text;
}
