import { unusable } from '../trace-error.ts';

export interface Document {
  /** `line 3` of JSON lines; empty: the file is one document. */
  readonly place: string;
  readonly value: unknown;
}

const allowed = 'allowed: JSON, or a JSON document in each line, as jq -c writes it';

/**
 * The JSON of a text: one document, or one in each line.
 * @throws TraceError when it is neither, or empty
 */
export function readDocuments(name: string, text: string): readonly Document[] {
  // Trimming takes off a byte order mark too.
  const whole = text.trim();
  if (whole === '') throw unusable(name, `empty; ${allowed}`);
  try {
    return [{ place: '', value: JSON.parse(whole) }];
  } catch (ofWhole) {
    const lines = text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .map((line, index) => ({ line, number: index + 1 }));
    const filled = lines.filter(({ line }) => line.trim() !== '');
    return filled.map(({ line, number }) => {
      try {
        return { place: `line ${number}`, value: JSON.parse(line) };
      } catch (error) {
        // Of the first line, what is wrong with the file as a whole says more.
        const { message } = (number === filled[0]?.number ? ofWhole : error) as Error;
        throw unusable(name, `line ${number}: not JSON: ${message}; ${allowed}`);
      }
    });
  }
}
