import { z } from 'zod';
import { type Random, randomStream } from '../sim/random.ts';
import { isRead } from './operation.ts';
import { AwsError } from './protocol/aws-error.ts';
import type { ServiceModel } from './protocol/service-model.ts';

/** "Wait a couple of seconds before describing again" (EC2 developer guide, "Eventual consistency"), and more. */
export const usualStaleness = 5;

/** A rule by which calls fail. The first that fits a call decides. */
export const faultRuleSchema = z.strictObject({
  /**
   * `throttle`: refused as too many. `error`: an internal error. `unavailable`: out of service. `reset`:
   * the connection breaks before the call is served. `lost`: the call is served, and then the
   * connection breaks. `timeout`: it is not served, and the connection stays silent. `stale`: a call that
   * only reads is answered as it would have been a while ago.
   */
  kind: z.enum(['throttle', 'error', 'unavailable', 'reset', 'lost', 'timeout', 'stale']),
  /** How long ago that is, for `stale`. Default {@link usualStaleness}. */
  seconds: z.number().positive().max(3600).optional(),
  /** As in the credential scope, such as `autoscaling`. Default: any. */
  service: z.string().optional(),
  /** Such as `SetDesiredCapacity`. Default: any. */
  operation: z.string().optional(),
  /** Default: any. */
  region: z.string().optional(),
  /** Of the calls that fit, drawn from the seed. Default 1. */
  share: z.number().min(0).max(1).default(1),
  /** After so many faults the rule is spent. Default: never. */
  times: z.int().min(1).optional(),
});

export type FaultRule = z.infer<typeof faultRuleSchema>;

export interface CallName {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
}

/** The rules in force, and how often each has struck. */
export class Faults {
  private rules: { readonly rule: FaultRule; struck: number }[] = [];
  /** Calls that came, whatever befell them. */
  calls = 0;
  private readonly seed: number;
  /** One for each operation, so that which of its calls fail does not hang on other operations' calls. */
  private readonly streams = new Map<string, Random>();

  constructor(seed: number) {
    this.seed = seed;
  }

  add(rule: FaultRule): void {
    this.rules.push({ rule, struck: 0 });
  }

  clear(): void {
    this.rules = [];
  }

  list(): readonly (FaultRule & { readonly struck: number })[] {
    return this.rules.map(({ rule, struck }) => ({ ...rule, struck }));
  }

  /** What befalls a call; null: nothing. */
  strike(call: CallName): FaultRule | null {
    this.calls++;
    for (const entry of this.rules) {
      const { rule } = entry;
      if (rule.times !== undefined && entry.struck >= rule.times) continue;
      if (!fits(rule, call) || (rule.kind === 'stale' && !isRead(call.operation))) continue;
      if (rule.share < 1 && this.draw(call) >= rule.share) continue;
      entry.struck++;
      return rule;
    }
    return null;
  }

  private draw({ service, region, operation }: CallName): number {
    const name = `faults of ${service} ${region} ${operation}`;
    const stream = this.streams.get(name) ?? randomStream(this.seed, name);
    this.streams.set(name, stream);
    return stream.uniform();
  }
}

function fits({ service, operation, region }: FaultRule, call: CallName): boolean {
  return (
    (service ?? call.service) === call.service &&
    (operation ?? call.operation) === call.operation &&
    (region ?? call.region) === call.region
  );
}

/** Codes: "Error codes for the Amazon EC2 API", and the common errors of Auto Scaling and Pricing. */
export function throttled({ metadata: { protocol } }: Pick<ServiceModel, 'metadata'>): AwsError {
  switch (protocol) {
    case 'ec2':
      return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
    case 'query':
      return new AwsError('Throttling', 'Rate exceeded');
    case 'json':
      return new AwsError('ThrottlingException', 'Rate exceeded');
  }
}

export function failed(
  { metadata: { protocol } }: Pick<ServiceModel, 'metadata'>,
  kind: 'error' | 'unavailable',
): AwsError {
  const isEc2 = protocol === 'ec2';
  return kind === 'error'
    ? new AwsError(isEc2 ? 'InternalError' : 'InternalFailure', 'An internal error occurred', 500)
    : new AwsError(isEc2 ? 'Unavailable' : 'ServiceUnavailable', 'The service is unavailable', 503);
}
