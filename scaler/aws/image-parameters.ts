import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import pLimit from 'p-limit';
import { canaryLabel } from '../../pool/names.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { Clock } from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import { awsCall } from './aws-call.ts';

/** A deployment shows within this time; each reading is two calls for ten parameters. */
const readEvery: Seconds = 30;
/** An observation does not wait longer: what is not known yet is known at the next one. */
const readLimit: Seconds = 5;
/** GetParameters takes no more names (Systems Manager API reference). */
const mostNames = 10;
/** SSM answers 40 of them a second, to all that an account does there (Systems Manager quotas). */
const callsAtOnce = 4;

/** The images that new workers may have where EC2 reads the image id from a parameter. */
export interface ParameterImages {
  /** The parameter's value, which a launch takes. */
  readonly current: string;
  /** Since when that has been so, as far as was seen. */
  readonly currentSince: UnixSeconds;
  /** Image of the version that a deployment tries, whether or not it is the current one; null: none is tried. */
  readonly canary: string | null;
  readonly readAt: UnixSeconds;
}

/** The image parameters of one region, and the versions of them that carry {@link canaryLabel}. */
export class ImageParameters {
  readonly #region: string;
  readonly #client: SSMClient;
  readonly #clock: Clock;
  readonly #onFailure: (doing: string, error: unknown) => void;
  #images: ReadonlyMap<string, ParameterImages> = new Map();
  #asked: ReadonlySet<string> = new Set();
  #askedAt: UnixSeconds = Number.NEGATIVE_INFINITY;

  constructor(options: {
    region: string;
    client: SSMClient;
    clock: Clock;
    onFailure: (doing: string, error: unknown) => void;
  }) {
    this.#region = options.region;
    this.#client = options.client;
    this.#clock = options.clock;
    this.#onFailure = options.onFailure;
  }

  /** null: not known, or there is no such parameter. */
  images(parameter: string): ParameterImages | null {
    return this.#images.get(parameter) ?? null;
  }

  /**
   * Reads when it is time, or when a parameter is asked for that was not before. Never rejects; after a
   * failure, what was known stays.
   */
  async refresh(parameters: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const isNew = [...parameters].some((parameter) => !this.#asked.has(parameter));
    if (parameters.size === 0 || (!isNew && now - this.#askedAt < readEvery)) return;
    this.#asked = parameters;
    this.#askedAt = now;
    const doing = `reading image parameters of ${this.#region}`;
    try {
      this.#images = await withinLimit(readLimit, signal, (limited) =>
        this.#read([...parameters].sort(), now, doing, limited),
      );
    } catch (error) {
      this.#onFailure(doing, error);
    }
  }

  /**
   * Labels first: a deployment that ends writes the value and then takes the label away. Read the other
   * way round, in between, the new image would be neither the value nor the canary. For the same reason
   * not in one call, which does not say in what order it reads.
   */
  async #read(
    parameters: readonly string[],
    now: UnixSeconds,
    doing: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ParameterImages>> {
    // AWS's own parameters take no labels of ours.
    const own = parameters.filter((parameter) => !parameter.startsWith('/aws/'));
    const canaries = await this.#values(own, `:${canaryLabel}`, doing, signal);
    const values = await this.#values(parameters, '', doing, signal);
    const images = new Map<string, ParameterImages>();
    for (const [parameter, current] of values) {
      const before = this.#images.get(parameter);
      const currentSince = before?.current === current ? before.currentSince : now;
      const canary = canaries.get(parameter) ?? null;
      images.set(parameter, { current, currentSince, canary, readAt: now });
    }
    return images;
  }

  /** By parameter, of those that have a value under this selector: the others are "invalid" to SSM. */
  async #values(
    parameters: readonly string[],
    selector: string,
    doing: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const calls: string[][] = [];
    for (let from = 0; from < parameters.length; from += mostNames) {
      calls.push(parameters.slice(from, from + mostNames).map((name) => `${name}${selector}`));
    }
    const answers = await pLimit(callsAtOnce).map(calls, (Names) =>
      awsCall(doing, signal, (abortSignal) =>
        this.#client.send(new GetParametersCommand({ Names }), { abortSignal }),
      ),
    );
    const values = new Map<string, string>();
    for (const { Name, Value } of answers.flatMap(({ Parameters = [] }) => Parameters)) {
      // Without its selector, if it comes with one: no name has a colon.
      const [name] = Name?.split(':') ?? [];
      if (name !== undefined && Value !== undefined) values.set(name, Value);
    }
    return values;
  }
}
