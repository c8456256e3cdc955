/** The form of a pool's image. */
import * as z from 'zod';
import { rejected } from './finding.ts';
import { checkedText, list, mapping, record, text } from './schema-parts.ts';
import { awsId } from './schema-text.ts';

/** The keys of an image, one of which says where it comes from. */
export const imageSources = ['id', 'ids', 'ssm', 'owners'] as const;

const expressionForm = 'a regular expression such as ^[^/]+/worker-(\\d+)$, up to 500 characters';

function expressionProblem(written: string): string | null {
  if (written === '' || written.length > 500) return rejected(written, expressionForm);
  try {
    new RegExp(written);
    return null;
  } catch (error) {
    return rejected(written, `${expressionForm} (${(error as Error).message})`);
  }
}

export const imageSchema = mapping({
  id: awsId('ami').describe('Image of a pool with one region and one architecture.').optional(),
  ids: record(
    mapping({
      x86_64: awsId('ami').describe('Image for x86_64.').optional(),
      arm64: awsId('ami').describe('Image for arm64.').optional(),
    }),
    { key: z.string(), minimum: 1, maximum: 40, of: 'regions' },
  )
    .describe('Image ids by region and architecture.')
    .optional(),
  ssm: text(
    'the name of an SSM parameter such as /muster/ci/linux/{arch}',
    /^\/?([\w.-]|\{arch\})+(\/([\w.-]|\{arch\})+)*$/,
    1_011,
  )
    .describe(
      'SSM parameter that holds the image id. {arch} stands for x86_64 or arm64; a pool of both ' +
        'architectures reads NAME/x86_64 and NAME/arm64 when the name has no {arch}.',
    )
    .optional(),
  owners: list(
    text('an account id in quotes, self, amazon or aws-marketplace', /^(\d{12}|[a-z][a-z-]*)$/, 64),
    20,
    'owners',
  )
    .describe(
      'The last image of these owners (account ids, self, amazon, aws-marketplace), which muster image ' +
        'resolve finds and pins.',
    )
    .optional(),
  locationRegex: checkedText(expressionForm, expressionProblem)
    .describe(
      'With owners: only images whose location (OWNER/NAME) matches; its first group sorts them, ' +
        'as numbers where all are. Default: all, sorted by location.',
    )
    .optional(),
})
  .refine((image) => imageSources.some((source) => image[source] !== undefined), {
    error: `got none of ${imageSources.join(', ')}; allowed: one of them`,
  })
  .meta({ oneOf: imageSources.map((source) => ({ required: [source] })) })
  .describe('The image of the workers: id, ids, ssm or owners.');
