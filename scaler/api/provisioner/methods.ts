/** The methods of the Taskcluster AWS provisioner's API, version 1, as its clients know them. */
import * as z from 'zod';
import {
  jsonObject,
  scopeText,
  workerTypeNamePattern,
  workerTypeRequest,
  workerTypeResponse,
} from '../../../pool/worker-type.ts';

/** A slug id of version 4: 22 characters of the URL-safe alphabet with some bits fixed. */
export const tokenPattern =
  /^[A-Za-z0-9_-]{8}[Q-T][A-Za-z0-9_-][CGKOSWaeimquy26-][A-Za-z0-9_-]{10}[AQgw]$/;

/** 8 digits, and 17 since 2016. */
export const instanceIdPattern = /^i-([a-fA-F0-9]{8}|[a-fA-F0-9]{17})$/;

export const parameterPatterns: Readonly<Record<string, RegExp>> = {
  workerType: workerTypeNamePattern,
  id: /^[\x21-\x2e\x30-\x7e]{1,128}$/,
  token: tokenPattern,
  instanceId: instanceIdPattern,
};

/** @returns what is wrong with a parameter of a route; null: nothing */
export function parameterFault(name: string, value: string): string | null {
  const pattern = parameterPatterns[name];
  if (pattern === undefined || pattern.test(value)) return null;
  const shown = name === 'token' ? 'the token' : JSON.stringify(value.slice(0, 60));
  return `${name}: got ${shown}; allowed: ${pattern.source}`;
}

const region = z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d$/, 'allowed: a region such as us-west-2');
const imageId = z
  .string()
  .regex(/^ami-[0-9a-z]+$/, 'allowed: the id of an image')
  .max(64);

export const amiSetRequest = z
  .strictObject({
    amis: z
      .array(
        z.strictObject({
          region,
          hvm: imageId,
          // No instance type that still starts takes one, so it is kept and not used.
          pv: z.string().max(64),
        }),
      )
      .max(60),
  })
  .superRefine(({ amis }, context) => {
    const regions = amis.map((ami) => ami.region);
    const repeated = regions.find((name, index) => regions.indexOf(name) !== index);
    if (repeated === undefined) return;
    context.addIssue({ code: 'custom', path: ['amis'], message: `${repeated} is there twice` });
  });

export const amiSetResponse = z.strictObject({
  id: z.string(),
  amis: z.array(z.strictObject({ region: z.string(), hvm: z.string(), pv: z.string() })),
  lastModified: z.iso.datetime(),
});

export const secretRequest = z.strictObject({
  workerType: z.string().regex(workerTypeNamePattern),
  secrets: jsonObject,
  scopes: z.array(scopeText).max(200),
  token: z.string().regex(tokenPattern),
  expiration: z.iso.datetime({ offset: true }),
});

export const secretResponse = z.strictObject({
  data: jsonObject,
  credentials: z.strictObject({
    clientId: z.string(),
    accessToken: z.string(),
    certificate: z.string(),
  }),
  scopes: z.array(z.string()),
});

const whole = z.int().min(0);
export const workerTypeSummary = z.strictObject({
  workerType: z.string(),
  minCapacity: whole,
  maxCapacity: whole,
  requestedCapacity: whole,
  pendingCapacity: whole,
  runningCapacity: whole,
});

const names = z.array(z.string());
const manage = 'aws-provisioner:manage-worker-type:<workerType>';
const view = 'aws-provisioner:view-worker-type:<workerType>';
const manageAmiSet = 'aws-provisioner:manage-ami-set:<id>';
const terminateAll = 'aws-provisioner:terminate-all-worker-type';

export interface ApiMethod {
  readonly name: string;
  readonly method: 'get' | 'put' | 'post' | 'delete';
  /** With parameters as `<name>`. */
  readonly route: string;
  /** Any one set does; `<name>` is a parameter, or a field of the body. None: for everyone. */
  readonly scopes: readonly (readonly string[])[];
  readonly input: z.ZodType | null;
  /** null: no body, or one that the reference does not describe. */
  readonly output: z.ZodType | null;
  readonly stability: 'stable' | 'experimental';
  readonly title: string;
}

const either = [[view], [manage]];

export const provisionerMethods = [
  method(
    'listWorkerTypeSummaries',
    'get',
    '/list-worker-type-summaries',
    'Every worker type with its capacity',
    { output: z.array(workerTypeSummary) },
  ),
  method('createWorkerType', 'put', '/worker-type/<workerType>', 'Create a worker type', {
    scopes: [[manage]],
    input: workerTypeRequest,
    output: workerTypeResponse,
  }),
  method(
    'updateWorkerType',
    'post',
    '/worker-type/<workerType>/update',
    'Replace the definition of a worker type',
    { scopes: [[manage]], input: workerTypeRequest, output: workerTypeResponse },
  ),
  method(
    'workerTypeLastModified',
    'get',
    '/worker-type-last-modified/<workerType>',
    'When a worker type was last changed',
    { output: z.strictObject({ workerType: z.string(), lastModified: z.iso.datetime() }) },
  ),
  method('workerType', 'get', '/worker-type/<workerType>', 'The definition of a worker type', {
    scopes: either,
    output: workerTypeResponse,
  }),
  method('removeWorkerType', 'delete', '/worker-type/<workerType>', 'Remove a worker type', {
    scopes: [[manage]],
  }),
  method('listWorkerTypes', 'get', '/list-worker-types', 'Names of worker types', {
    output: names,
  }),
  method('createAmiSet', 'put', '/ami-set/<id>', 'Create an AMI set', {
    scopes: [[manageAmiSet]],
    input: amiSetRequest,
  }),
  method('amiSet', 'get', '/ami-set/<id>', 'An AMI set', { output: amiSetResponse }),
  method('updateAmiSet', 'post', '/ami-set/<id>/update', 'Replace an AMI set', {
    scopes: [[manageAmiSet]],
    input: amiSetRequest,
    output: amiSetResponse,
  }),
  method('listAmiSets', 'get', '/list-ami-sets', 'Names of AMI sets', { output: names }),
  method('removeAmiSet', 'delete', '/ami-set/<id>', 'Remove an AMI set', {
    scopes: [[manageAmiSet]],
  }),
  method('createSecret', 'put', '/secret/<token>', 'Keep a secret under a token', {
    scopes: [['aws-provisioner:create-secret'], ['aws-provisioner:create-secret:<workerType>']],
    input: secretRequest,
  }),
  method('getSecret', 'get', '/secret/<token>', 'Take a secret, once', { output: secretResponse }),
  method(
    'instanceStarted',
    'get',
    '/instance-started/<instanceId>/<token>',
    'An instance says that it works',
    {},
  ),
  method('removeSecret', 'delete', '/secret/<token>', 'Remove a secret', {}),
  method(
    'getLaunchSpecs',
    'get',
    '/worker-type/<workerType>/launch-specifications',
    'Launch specifications by region and type',
    { scopes: either, output: z.record(z.string(), z.unknown()), stability: 'experimental' },
  ),
  method('state', 'get', '/state/<workerType>', 'Instances and requests of a worker type', {
    scopes: either,
  }),
  method('ping', 'get', '/ping', 'Whether the server answers', { stability: 'experimental' }),
  method('backendStatus', 'get', '/backend-status', 'When the loop last iterated', {
    output: z.strictObject({ status: z.string(), lastCheckedIn: z.iso.datetime() }),
    stability: 'experimental',
  }),
  method(
    'terminateAllInstancesOfWorkerType',
    'post',
    '/worker-type/<workerType>/terminate-all-instances',
    'End all instances of a worker type',
    { scopes: [[`${terminateAll}:<workerType>`]], stability: 'experimental' },
  ),
  method(
    'shutdownEverySingleEc2InstanceManagedByThisProvisioner',
    'post',
    '/shutdown/every/single/ec2/instance/managed/by/this/provisioner',
    'End all instances of the fleet',
    { scopes: [[`${terminateAll}:*`]], stability: 'experimental' },
  ),
  method('apiReference', 'get', '/api-reference', 'This reference', {
    output: z.record(z.string(), z.unknown()),
    stability: 'experimental',
  }),
] as const;

export type MethodName = (typeof provisionerMethods)[number]['name'];

function method<Name extends string>(
  name: Name,
  verb: ApiMethod['method'],
  route: string,
  title: string,
  rest: Partial<Pick<ApiMethod, 'scopes' | 'input' | 'output' | 'stability'>>,
): ApiMethod & { readonly name: Name } {
  return {
    scopes: [],
    input: null,
    output: null,
    stability: 'stable',
    ...rest,
    name,
    method: verb,
    route,
    title,
  };
}

/** Names of the parameters of a route, in its order. */
export function argumentsOf({ route }: Pick<ApiMethod, 'route'>): string[] {
  return [...route.matchAll(/<(\w+)>/g)].map(([, name]) => name as string);
}
