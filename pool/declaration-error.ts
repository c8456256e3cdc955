/** One thing that is wrong in a file, and how to mend it. */
export interface Problem {
  /** Keys and indices from the top of the file, such as `pools.linux.wait`. */
  readonly path: string;
  /** 1-based; null: the problem is of the file as a whole. */
  readonly position: { readonly line: number; readonly column: number } | null;
  /** What it got, what is allowed, and the fix where one is near. */
  readonly message: string;
}

/** All that is wrong with a declaration, at once. */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError';
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super(problems.map((problem) => describeProblem(file, problem)).join('\n'));
    this.file = file;
    this.problems = problems;
  }
}

function describeProblem(file: string, { path, position, message }: Problem): string {
  const where = position ? `${file}:${position.line}:${position.column}` : file;
  return path === '' ? `${where}: ${message}` : `${where}: ${path}: ${message}`;
}
