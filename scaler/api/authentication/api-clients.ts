import type { Seconds, UnixSeconds } from '../../../pool/units.ts';
import type { Clock } from '../../ports.ts';
import type { ApiClient, Tokens } from '../../store/tokens.ts';

/** A client that was removed or rotated is known for so long after, in exchange for a read a request. */
const freshFor: Seconds = 5;
/** Clients remembered at once. */
const mostClients = 1_000;

type Known = Awaited<ReturnType<Tokens['accessTokensOf']>>;

interface Remembered<Value> {
  readonly value: Value;
  readonly until: UnixSeconds;
}

/** Who may call, from the store, remembered for {@link freshFor}. */
export class ApiClients {
  readonly #tokens: Tokens;
  readonly #clock: Clock;
  readonly #bySignature = new Map<string, Remembered<Known>>();
  readonly #byBearer = new Map<string, Remembered<ApiClient | null>>();

  constructor(tokens: Tokens, clock: Clock) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  /** A client and what it may sign with; null: there is none. */
  async signing(clientId: string, signal: AbortSignal): Promise<Known> {
    return this.#remember(this.#bySignature, clientId, (now) =>
      this.#tokens.accessTokensOf(clientId, now, signal),
    );
  }

  /** null: nobody's token. */
  async bearing(token: string, signal: AbortSignal): Promise<ApiClient | null> {
    return this.#remember(this.#byBearer, token, (now) =>
      this.#tokens.clientOfBearerToken(token, now, signal),
    );
  }

  async #remember<Value>(
    known: Map<string, Remembered<Value>>,
    key: string,
    read: (now: UnixSeconds) => Promise<Value>,
  ): Promise<Value> {
    const now = this.#clock.now();
    const remembered = known.get(key);
    if (remembered !== undefined && remembered.until > now) return remembered.value;
    const value = await read(now);
    // Made-up ids must not fill the memory: nothing is remembered of who is not there.
    if (value === null) {
      known.delete(key);
      return value;
    }
    if (known.size >= mostClients) known.clear();
    known.set(key, { value, until: now + freshFor });
    return value;
  }
}
