import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Rows of a CSV file without quotes, `.gz` or not, header left out. */
export function readCsv(file: string): string[][] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
}
