import { describe, expect, it } from 'vitest';
import { type ProjectFile, projectFiles } from './project-files.ts';

/** A rule that holds of every file that it reads, and the proof that it can fail. */
export interface Rule {
  /** Completes "the rule that ...". */
  readonly name: string;
  /** Whether the rule reads a file of this path. */
  readonly reads: (path: string) => boolean;
  /** What is wrong with a file, each as `what, and what to do instead`. */
  readonly faults: (file: ProjectFile) => readonly string[];
  /** Each must have a fault. */
  readonly bad: readonly ProjectFile[];
  /** None may have a fault. */
  readonly good: readonly ProjectFile[];
}

let files: readonly ProjectFile[] | undefined;

/** Writes the tests of a rule: it flags the bad samples, passes the good ones, and holds. */
export function testRule({ name, reads, faults, bad, good }: Rule): void {
  describe(name, () => {
    it.each(bad)('flags $path: $text', (sample) => {
      expect(reads(sample.path)).toBe(true);
      expect(faults(sample)).not.toEqual([]);
    });

    it.each(good)('passes $path: $text', (sample) => {
      expect(reads(sample.path)).toBe(true);
      expect(faults(sample)).toEqual([]);
    });

    files ??= projectFiles();
    const read = files.filter(({ path }) => reads(path));
    it(`holds in all ${read.length} files that it reads`, () => {
      expect(read.length).toBeGreaterThan(0);
      const found = read.flatMap((file) => faults(file).map((fault) => `${file.path}: ${fault}`));
      expect(found).toEqual([]);
    });
  });
}
