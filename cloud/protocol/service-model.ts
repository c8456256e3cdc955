import { readFileSync } from 'node:fs';

/**
 * An AWS service as botocore's models describe it (`service-2.json`, the AWS SDK for Python), without
 * the documentation and without the operations that are not served here. The names are botocore's.
 */
export interface ServiceModel {
  readonly metadata: {
    readonly endpointPrefix: string;
    readonly protocol: 'query' | 'ec2' | 'json';
    readonly apiVersion: string;
    readonly xmlNamespace?: string;
    /** Of JSON: what stands before the operation in the header `X-Amz-Target`. */
    readonly targetPrefix?: string;
    readonly jsonVersion?: string;
  };
  readonly operations: Readonly<Record<string, OperationModel>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

export interface OperationModel {
  /** null: it takes none. */
  readonly input: string | null;
  readonly output: string | null;
  readonly resultWrapper?: string;
  /** Codes of the errors that are its own. */
  readonly errors: readonly string[];
}

export interface Member {
  readonly shape: string;
  readonly locationName?: string;
  /** EC2: the name in a request, where it differs from that in an answer. */
  readonly queryName?: string;
}

export interface StructureShape {
  readonly type: 'structure';
  readonly required?: readonly string[];
  readonly members: Readonly<Record<string, Member>>;
}

export interface ListShape {
  readonly type: 'list';
  readonly member: Member;
  readonly min?: number;
  readonly max?: number;
}

export interface MapShape {
  readonly type: 'map';
  readonly key: Member;
  readonly value: Member;
}

export interface SimpleShape {
  readonly type:
    | 'string'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'boolean'
    | 'timestamp'
    | 'blob';
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** Of a string its length, of a number its value. */
  readonly min?: number;
  readonly max?: number;
}

export type Shape = StructureShape | ListShape | MapShape | SimpleShape;

/** Services that are served here, by the name of the file and of the credential scope. */
export const serviceNames = ['autoscaling', 'ec2', 'pricing', 'servicequotas'] as const;
export type ServiceName = (typeof serviceNames)[number];

export function readServiceModel(service: ServiceName): ServiceModel {
  return JSON.parse(texts[service]()) as ServiceModel;
}

/** Each named in full, so that the one-file build can hold their text. */
const texts: Readonly<Record<ServiceName, () => string>> = {
  autoscaling: () => readFileSync(new URL('../models/autoscaling.json', import.meta.url), 'utf8'),
  ec2: () => readFileSync(new URL('../models/ec2.json', import.meta.url), 'utf8'),
  pricing: () => readFileSync(new URL('../models/pricing.json', import.meta.url), 'utf8'),
  servicequotas: () =>
    readFileSync(new URL('../models/servicequotas.json', import.meta.url), 'utf8'),
};

export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the model has no shape ${name}`);
  return shape;
}
