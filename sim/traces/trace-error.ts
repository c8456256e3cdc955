/** One thing that is wrong in a file of tasks or prices. */
export interface TraceProblem {
  /** What of its kind is counted together, such as `malformed row`. */
  readonly kind: string;
  /** Where: `line 17`, `jobs[3].started_at`; empty: the file as a whole. */
  readonly place: string;
  /** What it got, what is allowed, and the fix where one is near. */
  readonly message: string;
}

/** Problems that are shown one by one; the others are counted. */
const shown = 10;

/** A file of tasks or prices that cannot be used as it is: input that a person can mend. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  /** The first ten. */
  readonly problems: readonly TraceProblem[];

  constructor(file: string, problems: readonly TraceProblem[], more = '') {
    const lines = problems.map(({ place, message }) =>
      place === '' ? `${file}: ${message}` : `${file}: ${place}: ${message}`,
    );
    super([...lines, ...(more === '' ? [] : [`${file}: ${more}`])].join('\n'));
    this.problems = problems;
  }
}

/** What was done to a file's contents to make them usable, or what of them is not used. */
export interface Repair {
  /** As of {@link TraceProblem}. */
  readonly kind: string;
  readonly count: number;
  /** What was done and where first: `3 malformed rows left out, the first at line 17`. */
  readonly text: string;
}

/** What becomes of one kind of problem when the reader is lenient. */
export interface Mending {
  /** `malformed rows`. */
  readonly plural: string;
  /** What is done with them: `left out`. */
  readonly done: string;
}

/**
 * Collects the problems of one file: all are counted, the first ten kept. Strict, any of them is an
 * error in the end; lenient, each kind becomes one counted repair.
 */
export class ProblemLog<Kind extends string> {
  private readonly file: string;
  private readonly mendings: Readonly<Record<Kind, Mending>>;
  private readonly first: TraceProblem[] = [];
  private readonly byKind = new Map<Kind, { count: number; place: string }>();

  constructor(file: string, mendings: Readonly<Record<Kind, Mending>>) {
    this.file = file;
    this.mendings = mendings;
  }

  /** @param message made only if it is shown: a file may have a million problems */
  add(kind: Kind, place: string, message: () => string): void {
    const known = this.byKind.get(kind);
    if (known) known.count++;
    else this.byKind.set(kind, { count: 1, place });
    if (this.first.length < shown) this.first.push({ kind, place, message: message() });
  }

  get isEmpty(): boolean {
    return this.byKind.size === 0;
  }

  countOf(kind: Kind): number {
    return this.byKind.get(kind)?.count ?? 0;
  }

  /** All problems as one error, with what `--lenient` would do about them. */
  error(): TraceError {
    const all = [...this.byKind.values()].reduce((sum, { count }) => sum + count, 0);
    const kinds = [...this.byKind].map(([kind, { count }]) => this.counted(kind, count));
    const rest = all > this.first.length ? [`${all - this.first.length} more problems`] : [];
    const whole = all > 1 ? [`${all} problems: ${kinds.join(', ')}`] : [];
    const mended = [...this.byKind.keys()].map((kind) => {
      const { plural, done } = this.mendings[kind];
      return `${plural} are ${done}`;
    });
    const fix = `mend the file, or add --lenient: ${mended.join('; ')}`;
    return new TraceError(this.file, this.first, [...rest, ...whole, fix].join('; '));
  }

  /** Each kind, counted, as what was done about it. */
  repairs(): readonly Repair[] {
    return [...this.byKind].map(([kind, { count, place }]) => {
      const where = place === '' ? '' : count > 1 ? `, the first at ${place}` : `, at ${place}`;
      const text = `${this.counted(kind, count)} ${this.mendings[kind].done}${where}`;
      return { kind, count, text };
    });
  }

  private counted(kind: Kind, count: number): string {
    return count === 1 ? `1 ${kind}` : `${count} ${this.mendings[kind].plural}`;
  }
}

/** An error of the file as a whole, which no leniency mends. */
export function unusable(file: string, message: string): TraceError {
  return new TraceError(file, [{ kind: 'unusable file', place: '', message }]);
}
