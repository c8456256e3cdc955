import { distance } from 'fastest-levenshtein';

/**
 * The word most like what was written, or null when none is near: at most two edits, or
 * one in three characters of a long one; one edit where it has fewer than four characters. Case does not count. Ties go to the word that sorts first.
 */
export function nearest(written: string, words: Iterable<string>): string | null {
  if (written.length > 100) return null;
  const limit = written.length < 4 ? 1 : Math.max(2, Math.floor(written.length / 3));
  let best: { word: string; edits: number } | null = null;
  for (const word of [...words].sort()) {
    const edits = distance(written.toLowerCase(), word.toLowerCase());
    if (edits <= limit && (best === null || edits < best.edits)) best = { word, edits };
  }
  return best?.word ?? null;
}

/** `; did you mean "word"?`, or nothing when there is no such word. */
export function suggestion(word: string | null): string {
  return word === null ? '' : `; did you mean ${JSON.stringify(word)}?`;
}
