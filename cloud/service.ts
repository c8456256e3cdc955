import { CloudError } from '../scaler/ports.ts';
import { ec2Buckets } from '../sim/parameters.ts';
import { TokenBucket } from '../sim/token-bucket.ts';
import type { CloudAccount } from './account.ts';
import { autoScalingOperations } from './auto-scaling/operations.ts';
import { ec2Operations } from './ec2/operations.ts';
import { isRead, type Operation, type PassOn } from './operation.ts';
import { pricingOperations } from './pricing-operations.ts';
import { AwsError } from './protocol/aws-error.ts';
import { parseJson } from './protocol/parse-json.ts';
import { parseQuery } from './protocol/parse-query.ts';
import {
  readServiceModel,
  type ServiceModel,
  type ServiceName,
  serviceNames,
} from './protocol/service-model.ts';
import { writeAnswer, writeError } from './protocol/write-xml.ts';
import { quotaOperations } from './quota-operations.ts';

/** A call to a service, before its parameters are read. */
export interface Call {
  readonly service: ServiceName;
  readonly region: string;
  readonly operation: string;
  /** Form-encoded, or JSON, as the service's protocol has it. */
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const operations: Readonly<Record<ServiceName, Readonly<Record<string, Operation>>>> = {
  autoscaling: autoScalingOperations,
  ec2: ec2Operations,
  pricing: pricingOperations,
  servicequotas: quotaOperations,
};

const models = new Map<ServiceName, ServiceModel>();

export function modelOf(service: ServiceName): ServiceModel {
  const model = models.get(service) ?? readServiceModel(service);
  models.set(service, model);
  return model;
}

export function isServed(service: string, operation: string): boolean {
  return isServedService(service) && Object.hasOwn(operations[service], operation);
}

export function isServedService(service: string): service is ServiceName {
  return (serviceNames as readonly string[]).includes(service);
}

/** Serves calls on an account, each as its service's protocol has it. */
export class AccountService {
  readonly account: CloudAccount;
  /** By service, region and kind of call: each has its own in AWS. */
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(account: CloudAccount) {
    this.account = account;
  }

  /** @throws AwsError or CloudError, where AWS would refuse */
  async serve({ service, region, operation, body }: Call): Promise<object | PassOn> {
    const model = modelOf(service);
    const serving = operations[service][operation];
    if (serving === undefined) {
      throw new AwsError(
        'InvalidAction',
        `The action ${operation} is not valid for this web service.`,
      );
    }
    const parameters =
      model.metadata.protocol === 'json'
        ? parseJson(model, operation, body)
        : parseQuery(model, operation, new URLSearchParams(body));
    return serving(this.account.region(region), parameters as never);
  }

  /** Takes a token for a call. False: there is none, and AWS would throttle the call. */
  admit({ service, region, operation }: Omit<Call, 'body'>): boolean {
    const { clock, limitsCalls } = this.account;
    if (!limitsCalls || !(service === 'ec2' || service === 'autoscaling')) return true;
    const ofReads = service === 'ec2' && isRead(operation);
    const key = `${service} ${region} ${ofReads ? 'reads' : 'all'}`;
    const size = ofReads ? ec2Buckets.describe : ec2Buckets.mutating;
    const bucket = this.buckets.get(key) ?? new TokenBucket(clock, size);
    this.buckets.set(key, bucket);
    return bucket.take();
  }
}

export function write(
  call: Pick<Call, 'service' | 'operation'>,
  answer: object,
  id: string,
): Answer {
  const model = modelOf(call.service);
  if (model.metadata.protocol !== 'json') {
    const body = writeAnswer(model, call.operation, answer, id);
    return { status: 200, contentType: 'text/xml;charset=UTF-8', body };
  }
  const contentType = `application/x-amz-json-${model.metadata.jsonVersion}`;
  return { status: 200, contentType, body: JSON.stringify(answer) };
}

/** @throws what is no refusal of AWS's: a fault of ours */
export function writeRefusal(service: ServiceName, error: unknown, id: string): Answer {
  const { code, message, status } = refusalOf(error);
  const model = modelOf(service);
  if (model.metadata.protocol !== 'json') {
    const body = writeError(model, { code, message, status }, id);
    return { status, contentType: 'text/xml;charset=UTF-8', body };
  }
  const contentType = `application/x-amz-json-${model.metadata.jsonVersion}`;
  return { status, contentType, body: JSON.stringify({ __type: code, message }) };
}

function refusalOf(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (!(error instanceof CloudError)) throw error;
  return new AwsError(error.code, error.message, 400);
}
