import type { SecretReference } from '../../pool/queues/secret.ts';
import type { ServerAccess } from '../../pool/queues/server.ts';
import type { Secrets } from './secrets.ts';

/** How a protocol's connections are made and ended. */
export interface ConnectionKind<Connection> {
  /** Connects and signs in. Ends what it began when the signal fires, or when it rejects. */
  open(credentials: ServerCredentials, signal: AbortSignal): Promise<Connection>;
  /** Ends it at once, whatever is under way. */
  end(connection: Connection): void;
  /** Whether the server did not take the credentials. */
  isRefusal(error: unknown): boolean;
}

export interface ServerCredentials {
  /** null: none is declared. */
  readonly password: string | null;
  /** PEM; null: those that Node trusts. */
  readonly certificateAuthority: string | null;
}

/**
 * One connection to a server, made when it is first used and kept until it fails. Work on a
 * connection from earlier that fails is done once more on a new one, as servers end idle
 * connections; so work must only read. A refused password is read anew, once.
 */
export class KeptConnection<Connection> {
  readonly #secrets: Secrets;
  readonly #access: ServerAccess;
  readonly #kind: ConnectionKind<Connection>;
  #kept: Connection | null = null;

  constructor(secrets: Secrets, access: ServerAccess, kind: ConnectionKind<Connection>) {
    this.#secrets = secrets;
    this.#access = access;
    this.#kind = kind;
  }

  /** @throws whatever the work throws, or connecting does; the connection is ended then. */
  async use<T>(signal: AbortSignal, work: (connection: Connection) => Promise<T>): Promise<T> {
    const kept = this.#kept;
    if (kept !== null) {
      try {
        return await this.#workOn(kept, signal, work);
      } catch (error) {
        if (signal.aborted) throw error;
      }
    }
    const made = await this.#openFresh(signal);
    this.#kept = made;
    return this.#workOn(made, signal, work);
  }

  /** Ends the connection; the next use makes a new one. */
  end(): void {
    if (this.#kept !== null) this.#kind.end(this.#kept);
    this.#kept = null;
  }

  async #workOn<T>(
    connection: Connection,
    signal: AbortSignal,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    // That one only: a read that was given up may end after the next has begun.
    const end = () => {
      if (this.#kept === connection) this.#kept = null;
      this.#kind.end(connection);
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      signal.throwIfAborted();
      return await work(connection);
    } catch (error) {
      end();
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  async #openFresh(signal: AbortSignal): Promise<Connection> {
    const { password } = this.#access;
    const credentials = await this.#credentials(signal);
    try {
      return await this.#kind.open(credentials, signal);
    } catch (error) {
      if (password === null || signal.aborted || !this.#kind.isRefusal(error)) throw error;
      this.#secrets.forget(password);
      return this.#kind.open(await this.#credentials(signal), signal);
    }
  }

  async #credentials(signal: AbortSignal): Promise<ServerCredentials> {
    const read = (reference: SecretReference | null) =>
      reference === null ? null : this.#secrets.read(reference, signal);
    const [password, certificateAuthority] = await Promise.all([
      read(this.#access.password),
      read(this.#access.certificateAuthority),
    ]);
    return { password, certificateAuthority };
  }
}
