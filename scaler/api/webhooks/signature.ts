import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether one of the secrets signed the body, as in the header `X-Hub-Signature-256: sha256=HEX`
 * (GitHub documentation, "Validating webhook deliveries"; Gitea and Forgejo send it too). Every secret
 * is tried to its end, so that the time taken tells nothing of them.
 */
export function isSigned(
  body: Buffer,
  header: string | undefined,
  secrets: readonly string[],
): boolean {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(header ?? '')?.[1];
  const given = Buffer.from(hex ?? '0'.repeat(64), 'hex');
  let holds = false;
  for (const secret of secrets) {
    // Anybody can sign with a secret that is empty.
    if (secret === '') continue;
    const expected = createHmac('sha256', secret).update(body).digest();
    holds = timingSafeEqual(expected, given) || holds;
  }
  return holds && hex !== undefined;
}
