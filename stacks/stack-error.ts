/** What a person can mend: the message says what it got, what is allowed and the fix. */
export class StackError extends Error {
  override readonly name = 'StackError';
}
