/** Which jobs of workflows a runner takes, by the labels of both. */

/**
 * Whether runners with these labels can take a job that asks for those: they have all of them. Letter
 * case does not count (GitHub documentation, "Using self-hosted runners in a workflow"). A job that
 * asks for none runs on no runner.
 */
export function labelsServe(have: ReadonlySet<string>, asked: readonly string[]): boolean {
  return asked.length > 0 && asked.every((label) => have.has(label.toLowerCase()));
}

/** Labels to compare with {@link labelsServe}. */
export function labelSet(labels: readonly string[]): ReadonlySet<string> {
  return new Set(labels.map((label) => label.toLowerCase()));
}
