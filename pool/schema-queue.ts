/** The form of a pool's queue. */
import { showValue } from './finding.ts';
import { checkedText, mapping, text, wholeNumber } from './schema-parts.ts';
import { readSqsUrl, sqsUrlForm } from './sqs-url.ts';

const httpQueueSchema = mapping({
  host: text(
    'a host name or address, without http://',
    /^([\w-]+(\.[\w-]+)*|\[[0-9a-f:.]+\])$/i,
  ).describe('Host that lists the tasks.'),
  port: wholeNumber(1, 65_535, 'a TCP port').describe('Port of the host.').prefault(80),
  version: text('a version such as v1', /^[\w.-]+$/, 50)
    .describe('Version of the interface: the first part of the path.')
    .prefault('v1'),
  provisionerId: text('a provisioner id without spaces', /^\S+$/).describe(
    'Only tasks of this provisioner count.',
  ),
  workerType: text('a worker type without spaces', /^\S+$/)
    .describe("Only tasks of this worker type count. Default: the pool's name.")
    .optional(),
}).describe('Tasks listed as JSON at http://HOST:PORT/VERSION/jobs?state=PENDING.');

export const queueSchema = mapping({
  sqs: checkedText(`the URL of an SQS queue: ${sqsUrlForm}`, (url) => {
    const read = readSqsUrl(url);
    return read.ok ? null : `got ${showValue(url)}: ${read.problem}`;
  })
    .describe('URL of an SQS queue.')
    .optional(),
  region: text('a region such as eu-west-1', /^[a-z]+(-[a-z]+)+-\d+$/, 30)
    .describe("Region of a queue whose URL does not say it. Default: the fleet's first region.")
    .optional(),
  http: httpQueueSchema.optional(),
})
  .refine(({ sqs, http }) => sqs !== undefined || http !== undefined, {
    error: 'got neither sqs nor http; allowed: one of them',
  })
  .meta({ oneOf: [{ required: ['sqs'] }, { required: ['http'] }] })
  .describe('Where the tasks of the pool wait: sqs or http.');
