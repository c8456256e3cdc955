import { type EC2Client, paginateDescribeLaunchTemplates } from '@aws-sdk/client-ec2';
import { tagKeys } from '../../pool/names.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { Clock } from '../ports.ts';
import { withinLimit } from '../time-limit.ts';
import { awsCall, collect } from './aws-call.ts';

/** A template changes when somebody applies the stacks. */
const readEvery: Seconds = 5 * 60;
/** An observation does not wait longer: what is not known yet is known at the next one. */
const readLimit: Seconds = 5;

/** What a launch template tells of itself. */
export interface TemplateFacts {
  /** What `$Default` and `$Latest` stand for. */
  readonly defaultVersion: string;
  readonly latestVersion: string;
  /** The SSM parameter that EC2 reads the image id from at each launch, by its tag; null: it has none. */
  readonly imageParameter: string | null;
}

/**
 * A fleet's launch templates in one region: a paged call per five minutes. A group names its template's
 * version `$Default`, and no answer of Auto Scaling says which number that is.
 */
export class LaunchTemplates {
  readonly #region: string;
  readonly #fleet: string;
  readonly #client: EC2Client;
  readonly #clock: Clock;
  readonly #onFailure: (doing: string, error: unknown) => void;
  #templates: ReadonlyMap<string, TemplateFacts> = new Map();
  #askedAt: UnixSeconds = Number.NEGATIVE_INFINITY;

  constructor(options: {
    region: string;
    fleet: string;
    client: EC2Client;
    clock: Clock;
    onFailure: (doing: string, error: unknown) => void;
  }) {
    this.#region = options.region;
    this.#fleet = options.fleet;
    this.#client = options.client;
    this.#clock = options.clock;
    this.#onFailure = options.onFailure;
  }

  /** null: not known. */
  template(templateId: string): TemplateFacts | null {
    return this.#templates.get(templateId) ?? null;
  }

  /** Of all templates. */
  imageParameters(): ReadonlySet<string> {
    const parameters = [...this.#templates.values()].map(({ imageParameter }) => imageParameter);
    return new Set(parameters.filter((parameter) => parameter !== null));
  }

  /** Reads when it is time. Never rejects; after a failure, what was known stays. */
  async refresh(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#askedAt < readEvery) return;
    this.#askedAt = now;
    const doing = `reading launch templates of ${this.#region}`;
    try {
      const templates = await withinLimit(readLimit, signal, (limited) =>
        awsCall(doing, limited, (abortSignal) =>
          collect(
            paginateDescribeLaunchTemplates(
              { client: this.#client, pageSize: 200 },
              { Filters: [{ Name: `tag:${tagKeys.fleet}`, Values: [this.#fleet] }] },
              { abortSignal },
            ),
            (page) => page.LaunchTemplates,
          ),
        ),
      );
      this.#templates = new Map(
        templates.map((template) => [
          template.LaunchTemplateId ?? '',
          {
            defaultVersion: String(template.DefaultVersionNumber),
            latestVersion: String(template.LatestVersionNumber),
            imageParameter:
              template.Tags?.find(({ Key }) => Key === tagKeys.imageParameter)?.Value ?? null,
          },
        ]),
      );
    } catch (error) {
      this.#onFailure(doing, error);
    }
  }
}
