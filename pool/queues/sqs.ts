import { showValue } from '../finding.ts';
import { checkedText } from '../schema-parts.ts';
import { readSqsUrl, sqsUrlForm } from '../sqs-url.ts';
import { sourceForm } from './form.ts';

export interface SqsDeclaration {
  readonly kind: 'sqs';
  readonly url: string;
  readonly region: string;
}

export const sqsForm = sourceForm({
  schema: checkedText(`the URL of an SQS queue: ${sqsUrlForm}`, (url) => {
    const read = readSqsUrl(url);
    return read.ok ? null : `got ${showValue(url)}: ${read.problem}`;
  }).describe('URL of an SQS queue.'),
  declare: (url, { region, firstRegion }): SqsDeclaration => {
    const read = readSqsUrl(url);
    const urlRegion = read.ok ? read.region : null;
    return { kind: 'sqs', url, region: urlRegion ?? region ?? firstRegion };
  },
  ports: () => [],
});
