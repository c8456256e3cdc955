/** The form of what the file says of pools that are made over the API. */
import * as z from 'zod';
import { explainIssue } from './explain-issue.ts';
import { rejected } from './finding.ts';
import { mapping, text } from './schema-parts.ts';
import { queueSchema } from './schema-queue.ts';
import { emailAddress } from './schema-text.ts';
import type { JsonObject } from './worker-type.ts';
import { queueFor } from './worker-type-settings.ts';

const queueForm = "a pool's queue, with {workerType} where a worker type's name goes";

/** Some worker type's name, to see what the queue comes to. */
const sampleName = 'worker-type';

const queueTemplate = z
  .record(z.string(), z.unknown(), { error: ({ input }) => rejected(input, queueForm) })
  .superRefine((queue, context) => {
    const template = queue as JsonObject;
    if (!JSON.stringify(template).includes('{workerType}')) {
      const message = `got no {workerType}; allowed: ${queueForm}`;
      context.addIssue({ code: 'custom', message });
      return;
    }
    const filled = queueFor({ queue: template, provisionerId: 'provisioner' }, sampleName);
    const parsed = queueSchema.safeParse(filled, { reportInput: true });
    for (const { path, message } of (parsed.error?.issues ?? []).flatMap((it) =>
      explainIssue(it),
    )) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

export const workerTypesSchema = mapping({
  provisionerId: text('a provisioner id without spaces', /^[\w-]+$/, 38)
    .describe('How tasks name this provisioner; {provisionerId} in the queue stands for it.')
    .prefault('aws-provisioner-v1'),
  owner: emailAddress.describe(
    'E-mail address of whoever answers for worker types that name no address themselves.',
  ),
  queue: queueTemplate.describe(
    "Where their tasks wait, as in a pool's queue; {workerType} stands for the name.",
  ),
});
