import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { operatingSystemOf } from './products.ts';

/** How often AWS took spot instances back in the month before, as a bucket from 0 to 4. */
export interface SpotAdvisor {
  /** null: nothing is published for it. */
  bucket(region: string, instanceType: string, product: string): number | null;
}

const columns = ['region', 'os', 'instance_type', 'interruption_bucket'] as const;

const rowSchema = z.object({
  region: z.string().min(1),
  os: z.enum(['Linux', 'Windows']),
  instance_type: z.string().min(1),
  interruption_bucket: z
    .string()
    .regex(/^[0-4]$/)
    .transform(Number),
});

/**
 * Reads what AWS publishes as the Spot Instance Advisor, from a CSV file, gzipped or not, whose first
 * line names the columns `region`, `os` (Linux or Windows), `instance_type` and
 * `interruption_bucket` (0: under 5 % a month, then 5 % each, 4: over 20 %); others are not read.
 *
 * @throws Error that names the file, the line and what is wrong with it.
 */
export function readSpotAdvisor(file: string): SpotAdvisor {
  const buckets = new Map<string, number>();
  for (const [index, record] of readRows(file).entries()) {
    const row = rowSchema.safeParse(record);
    if (!row.success) {
      const issue = row.error.issues[0];
      throw new Error(
        `${file}: record ${index + 1}: ${issue?.path.join('.')}: ${issue?.message}; expected ` +
          `${columns.join(', ')} with os Linux or Windows and a bucket from 0 to 4`,
      );
    }
    const { region, os, instance_type, interruption_bucket } = row.data;
    buckets.set(`${region} ${os} ${instance_type}`, interruption_bucket);
  }
  if (buckets.size === 0) throw new Error(`${file}: no records; leave the option out for none`);
  return {
    bucket(region, instanceType, product) {
      const os = operatingSystemOf(product) === 'Windows' ? 'Windows' : 'Linux';
      return buckets.get(`${region} ${os} ${instanceType}`) ?? null;
    },
  };
}

function readRows(file: string): readonly unknown[] {
  try {
    const bytes = readFileSync(file);
    // By its first bytes, since a name says little.
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const text = zipped ? gunzipSync(bytes) : bytes;
    return parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: the Spot Instance Advisor's figures cannot be read: ${reason}`, {
      cause: error,
    });
  }
}
