/**
 * A pool as the Taskcluster AWS provisioner's API has it: the definition of a worker type, version 1.
 * Closed objects, with the limits of a pool, so that no definition is taken that a pool cannot be.
 */
import * as z from 'zod';
import { regionPattern } from './region-name.ts';
import { maximumSlots } from './schema-scaling.ts';

/** URL parameter; later versions of the provisioner took up to 38 characters. */
export const workerTypeNamePattern = /^[a-zA-Z0-9_-]{1,38}$/;

/** A definition must fit into one record of the store with room for what stands beside it. */
export const definitionLimitBytes = 300_000;

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([
    z.null(),
    z.boolean(),
    z.number(),
    z.string(),
    z.array(json),
    z.record(z.string(), json),
  ]),
);

/** What JSON can say. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Keys and values of one's own. */
export const jsonObject = z.record(z.string(), json);
export type JsonObject = Readonly<Record<string, Json>>;

/** Printable ASCII, as Taskcluster has scopes. */
export const scopeText = z
  .string()
  .regex(/^[\x20-\x7e]*$/, 'allowed: printable ASCII')
  .max(2_000);
const scopes = z.array(scopeText).max(200);

const slots = z.int().min(0).max(maximumSlots);
const pricePerUtility = z.number().min(0).max(1_000);
const regionText = z.string().regex(regionPattern, 'allowed: a region such as us-west-2');

/** What a level of the cascade of launch specifications has. */
const level = {
  launchSpec: jsonObject,
  secrets: jsonObject,
  userData: jsonObject,
  scopes,
} as const;

const instanceTypeSchema = z.strictObject({
  instanceType: z
    .string()
    .max(50)
    .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'allowed: an instance type such as c5.xlarge'),
  /** Tasks at once; the range of a weight of an Auto Scaling group. */
  capacity: z.int().min(1).max(999),
  utility: z.number().gt(0).max(1_000_000),
  ...level,
});

const regionSchema = z.strictObject({ region: regionText, ...level });

/** Only later clients send these: a zone of a region, and what is different there. */
const zoneSchema = z.strictObject({
  availabilityZone: z
    .string()
    .regex(/^[a-z]{2,3}(-[a-z]+)+-\d[a-z]$/, 'allowed: a zone such as us-west-2a'),
  region: regionText,
  launchSpec: jsonObject,
  secrets: jsonObject.default({}),
  userData: jsonObject.default({}),
});

const definitionShape = {
  ...level,
  description: z.string().max(10_000),
  owner: z.string().max(254),
  minCapacity: slots.default(0),
  maxCapacity: slots,
  scalingRatio: z.number().min(-10).max(10),
  /** USD per hour and utility: below it the bid is minPrice / utility. */
  minPrice: pricePerUtility,
  /** USD per hour and utility: nothing above it is bought. */
  maxPrice: z.number().gt(0).max(1_000),
  canUseOndemand: z.boolean().default(false),
  canUseSpot: z.boolean().default(true),
  instanceTypes: z.array(instanceTypeSchema).min(1).max(40),
  regions: z.array(regionSchema).min(1).max(40),
  availabilityZones: z.array(zoneSchema).max(200).optional(),
} as const;

/** Body of createWorkerType and updateWorkerType. */
export const workerTypeRequest = z
  .strictObject(definitionShape)
  .superRefine((definition, context) => {
    for (const { path, message } of faultsBetweenKeys(definition)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

/** A definition with its defaults. */
export type WorkerType = z.output<typeof workerTypeRequest>;

/** Answer of workerType, createWorkerType and updateWorkerType. */
export const workerTypeResponse = z.strictObject({
  ...definitionShape,
  workerType: z.string(),
  lastModified: z.iso.datetime(),
});

interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function faultsBetweenKeys(definition: z.output<z.ZodObject<typeof definitionShape>>): Fault[] {
  const { minCapacity, maxCapacity, minPrice, maxPrice, canUseOndemand, canUseSpot } = definition;
  const faults: Fault[] = [];
  const refuse = (path: Fault['path'], message: string) => faults.push({ path, message });
  if (minCapacity > maxCapacity) {
    refuse(['minCapacity'], `got ${minCapacity}; allowed: at most maxCapacity, ${maxCapacity}`);
  }
  if (minPrice > maxPrice) {
    refuse(['minPrice'], `got ${minPrice}; allowed: at most maxPrice, ${maxPrice}`);
  }
  if (!canUseOndemand && !canUseSpot) {
    refuse(['canUseSpot'], 'got neither spot nor on-demand; allowed: one of them or both');
  }
  if (new TextEncoder().encode(JSON.stringify(definition)).length > definitionLimitBytes) {
    refuse([], `allowed: at most ${definitionLimitBytes} bytes as JSON`);
  }
  return faults;
}
