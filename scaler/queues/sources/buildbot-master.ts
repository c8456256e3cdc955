import type { z } from 'zod';
import type { BuildbotDeclaration } from '../../../pool/queues/buildbot.ts';
import type { SourceHttp } from '../source-http.ts';

/** Asks one master. */
export class BuildbotMaster {
  readonly #http: SourceHttp;
  readonly #declaration: BuildbotDeclaration;

  constructor(http: SourceHttp, declaration: BuildbotDeclaration) {
    this.#http = http;
    this.#declaration = declaration;
  }

  /** A collection, with these fields only: whole objects hold much more. */
  async list<Schema extends z.ZodType>(
    collection: string,
    fields: readonly string[],
    filters: Readonly<Record<string, string>>,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<z.output<Schema>> {
    const { endpoint } = this.#declaration;
    const query = new URLSearchParams(filters);
    for (const field of fields) query.append('field', field);
    const url = `${endpoint.url}/api/v2/${collection}?${query}`;
    return (await this.#http.json({ url, endpoint }, schema, signal)).value;
  }
}
