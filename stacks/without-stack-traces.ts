/**
 * Runs a function without writing out where each error object was made. cdktf asks for that at every
 * attribute of every resource, only to say where a token came from, and mapping it to source lines
 * takes most of a synthesis. (It lifts `Error.stackTraceLimit` itself, so that one does not help.)
 *
 * An error thrown inside has its message and no stack.
 */
export function withoutStackTraces<T>(run: () => T): T {
  const prepare = Error.prepareStackTrace;
  Error.prepareStackTrace = () => '';
  try {
    return run();
  } finally {
    // Node takes `undefined` as "not set", which is how it starts.
    Error.prepareStackTrace = prepare as NonNullable<typeof prepare>;
  }
}
