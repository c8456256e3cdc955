/** Text that must not reach a log, with what stands in for it. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [redacted]'],
  // Access key ids are not secret by themselves, but tell whose secret to look for.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, '[redacted]'],
  [
    /((?:secret|token|password|signature|credential)[\w-]*["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi,
    '$1[redacted]',
  ],
  // User and password in a URL.
  [/(\w+:\/\/)[^\s/@]+@/g, '$1[redacted]@'],
];

/** Takes what looks like a secret out of text from elsewhere, such as an error's message. */
export function redactSecrets(text: string): string {
  return secrets.reduce((safe, [pattern, standIn]) => safe.replace(pattern, standIn), text);
}

/** The longest message kept: an HTML page of an error goes no further. */
const mostCharacters = 1_000;

/** An error as plain data without secrets. */
export function describeError(error: unknown): {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
} {
  if (!(error instanceof Error)) return { name: 'Error', message: shorten(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { name: error.name, ...code, message: shorten(error.message) };
}

function shorten(text: string): string {
  const safe = redactSecrets(text);
  return safe.length <= mostCharacters ? safe : `${safe.slice(0, mostCharacters)}...`;
}
