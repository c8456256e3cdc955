/** What a person can mend: a parameter that is not allowed, or data that are not there. */
export class BenchInputError extends Error {
  override readonly name = 'BenchInputError';
}
