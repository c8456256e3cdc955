import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Credentials } from '../../pool/pool.ts';
import type { SecretReference } from '../../pool/queues/secret.ts';
import type { UnixSeconds } from '../../pool/units.ts';
import { awsCall } from '../aws/aws-call.ts';
import { clientConfiguration } from '../aws/client-configuration.ts';
import { withinLimit } from '../time-limit.ts';
import { secretLimit, secretsKeptFor } from './limits.ts';
import { SourceError } from './source.ts';

export interface SecretsOptions {
  /** Where SSM parameters and secrets without an ARN are: the fleet's home region. */
  readonly region: string;
  readonly credentials: Credentials;
  readonly clock: { now(): UnixSeconds };
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Too short to be told apart from other text when it is taken out of messages. */
const shortestRedacted = 4;

/** Credentials of queue sources, read where the declaration says they are, and kept for a while. */
export class Secrets {
  readonly #options: SecretsOptions;
  readonly #kept = new Map<string, { readonly at: UnixSeconds; readonly value: Promise<string> }>();
  readonly #seen = new Set<string>();
  #ssm: SSMClient | null = null;
  readonly #managers = new Map<string, SecretsManagerClient>();

  constructor(options: SecretsOptions) {
    this.#options = options;
  }

  /**
   * The secret, from memory for {@link secretsKeptFor}.
   * @throws SourceError that names the place and never the secret.
   */
  async read(reference: SecretReference, signal: AbortSignal): Promise<string> {
    const key = JSON.stringify(reference);
    const now = this.#options.clock.now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && Math.abs(now - kept.at) < secretsKeptFor) return kept.value;
    // A file that was put there whole ends in a line break, which no header may hold.
    const value = this.#fetch(reference, signal).then((text) => text.replace(/[\r\n]+$/, ''));
    this.#kept.set(key, { at: now, value });
    try {
      const secret = await value;
      if (secret.length >= shortestRedacted) this.#seen.add(secret);
      return secret;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }

  /** Forgets a secret that was refused, so that the next read of it asks anew. */
  forget(reference: SecretReference): void {
    this.#kept.delete(JSON.stringify(reference));
  }

  /** Takes every secret that was read out of a text, as it is and as URLs and Basic carry it. */
  redact(text: string): string {
    let safe = text;
    for (const secret of this.#seen) {
      for (const form of [
        secret,
        encodeURIComponent(secret),
        JSON.stringify(secret).slice(1, -1),
      ]) {
        safe = safe.replaceAll(form, '[redacted]');
      }
    }
    return safe.replace(/\b(Basic|Bearer)\s+[\w.~+/=-]{4,}/gi, '$1 [redacted]');
  }

  async #fetch(reference: SecretReference, signal: AbortSignal): Promise<string> {
    const { from, name } = reference;
    if (from === 'environment') {
      const value = this.#options.environment[name];
      if (value) return value;
      throw new SourceError('refused', `the variable ${name} is not set: set it for the scaler`);
    }
    return withinLimit(secretLimit, signal, (limited) =>
      from === 'ssm' ? this.#parameter(name, limited) : this.#secret(reference, limited),
    );
  }

  async #parameter(name: string, signal: AbortSignal): Promise<string> {
    const { credentials, region } = this.#options;
    this.#ssm ??= new SSMClient(clientConfiguration(credentials, region));
    const client = this.#ssm;
    const answer = await awsCall(`reading parameter ${name}`, signal, (abortSignal) =>
      client.send(new GetParametersCommand({ Names: [name], WithDecryption: true }), {
        abortSignal,
      }),
    );
    return present(answer.Parameters?.[0]?.Value, `parameter ${name}`);
  }

  async #secret({ name, field }: SecretReference, signal: AbortSignal): Promise<string> {
    const client = this.#manager(/^arn:[^:]+:[^:]+:([^:]+):/.exec(name)?.[1]);
    const answer = await awsCall(`reading secret ${name}`, signal, (abortSignal) =>
      client.send(new GetSecretValueCommand({ SecretId: name }), { abortSignal }),
    );
    const whole = present(answer.SecretString, `secret ${name}`);
    if (field === null) return whole;
    return present(fieldOf(whole, field), `field ${field} of secret ${name}`);
  }

  #manager(region = this.#options.region): SecretsManagerClient {
    const known = this.#managers.get(region);
    if (known !== undefined) return known;
    const made = new SecretsManagerClient(clientConfiguration(this.#options.credentials, region));
    this.#managers.set(region, made);
    return made;
  }
}

function present(value: string | undefined, what: string): string {
  if (value) return value;
  throw new SourceError('refused', `${what} is not there, or holds no text`);
}

/** undefined: the secret is no JSON mapping with this key and a text or number. */
function fieldOf(secret: string, field: string): string | undefined {
  try {
    const value: unknown = JSON.parse(secret);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return;
    const found: unknown = Reflect.get(value, field);
    return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
  } catch {
    return;
  }
}
