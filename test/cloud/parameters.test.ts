/**
 * Every operation that is served refuses what AWS's model of it does not allow: an unknown parameter, a
 * missing one, a value of the wrong type.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Member,
  type ServiceModel,
  type ServiceName,
  type StructureShape,
  serviceNames,
  shapeOf,
} from '../../cloud/protocol/service-model.ts';
import { servedOperations } from '../../cloud/served-operations.ts';
import { modelOf } from '../../cloud/service.ts';
import { type RunningCloud, startCloud } from './running-cloud.ts';
import { sendCall } from './send-call.ts';

const codes = {
  ec2: { unknown: 'UnknownParameter', missing: 'MissingParameter', wrong: 'InvalidParameterValue' },
  query: { unknown: 'ValidationError', missing: 'ValidationError', wrong: 'ValidationError' },
  json: { unknown: null, missing: 'ValidationException', wrong: 'SerializationException' },
} as const;

let running: RunningCloud;
beforeAll(async () => {
  running = await startCloud();
});
afterAll(() => running.stop());

const all = serviceNames.flatMap((service) =>
  servedOperations[service].map((operation) => [service, operation] as const),
);

describe('parameters', () => {
  it.each(all)('%s %s refuses one that it does not know', async (service, operation) => {
    const { unknown } = codes[modelOf(service).metadata.protocol];
    const parameters = { ...validParameters(service, operation), NoSuchParameter: 'x' };
    const answer = await sendCall(running.endpoint, service, operation, parameters);
    if (unknown === null) {
      expect(answer.message).not.toContain('NoSuchParameter');
      return;
    }
    expect(answer).toMatchObject({ status: 400, code: unknown });
    expect(answer.message.toLowerCase()).toContain('nosuchparameter');
  });

  const required = all.flatMap(([service, operation]) =>
    requiredMembers(service, operation).map((name) => [service, operation, name] as const),
  );
  it.each(required)('%s %s refuses to do without %s', async (service, operation, name) => {
    const model = modelOf(service);
    const valid = validParameters(service, operation);
    const key = keyOf(model, name, inputOf(model, operation)!.members[name]!);
    const parameters = Object.fromEntries(
      Object.entries(valid).filter(([each]) => each !== key && !each.startsWith(`${key}.`)),
    );
    const answer = await sendCall(running.endpoint, service, operation, parameters);
    expect(answer).toMatchObject({ status: 400, code: codes[model.metadata.protocol].missing });
    expect(answer.message.toLowerCase()).toContain(key.toLowerCase());
  });

  const typed = all.flatMap(([service, operation]) =>
    typedMembers(service, operation).map((name) => [service, operation, name] as const),
  );
  it.each(typed)('%s %s refuses a word for %s', async (service, operation, name) => {
    const model = modelOf(service);
    const key = keyOf(model, name, inputOf(model, operation)!.members[name]!);
    const parameters = { ...validParameters(service, operation), [key]: 'word' };
    const answer = await sendCall(running.endpoint, service, operation, parameters);
    expect(answer).toMatchObject({ status: 400, code: codes[model.metadata.protocol].wrong });
  });

  it('knows of parameters of every kind', () => {
    expect(required.length).toBeGreaterThan(40);
    expect(typed.length).toBeGreaterThan(60);
  });
});

function inputOf(model: ServiceModel, operation: string): StructureShape | null {
  const input = model.operations[operation]?.input ?? null;
  return input === null ? null : (shapeOf(model, input) as StructureShape);
}

function requiredMembers(service: ServiceName, operation: string): readonly string[] {
  return inputOf(modelOf(service), operation)?.required ?? [];
}

function typedMembers(service: ServiceName, operation: string): readonly string[] {
  const model = modelOf(service);
  const kinds = ['integer', 'long', 'float', 'double', 'boolean', 'timestamp'];
  return Object.entries(inputOf(model, operation)?.members ?? {})
    .filter(([, { shape }]) => kinds.includes(shapeOf(model, shape).type))
    .map(([name]) => name);
}

function keyOf({ metadata }: ServiceModel, name: string, member: Member): string {
  const key = member.locationName ?? name;
  if (metadata.protocol !== 'ec2') return key;
  return member.queryName ?? key.charAt(0).toUpperCase() + key.slice(1);
}

/** The required parameters, each with a value that its shape allows. */
function validParameters(service: ServiceName, operation: string): Record<string, unknown> {
  const model = modelOf(service);
  const input = inputOf(model, operation);
  const result: Record<string, unknown> = {};
  for (const name of input?.required ?? []) {
    const member = input!.members[name]!;
    fill(model, keyOf(model, name, member), member, result);
  }
  return result;
}

function fill(
  model: ServiceModel,
  key: string,
  member: Member,
  result: Record<string, unknown>,
): void {
  const shape = shapeOf(model, member.shape);
  const isJson = model.metadata.protocol === 'json';
  switch (shape.type) {
    case 'structure': {
      const required = new Set(shape.required ?? []);
      const names = Object.keys(shape.members);
      for (const name of required.size > 0 ? required : names.slice(0, 1)) {
        const inner = shape.members[name]!;
        fill(model, `${key}.${keyOf(model, name, inner)}`, inner, result);
      }
      return;
    }
    case 'list':
      fill(
        model,
        model.metadata.protocol === 'ec2' ? `${key}.1` : `${key}.member.1`,
        shape.member,
        result,
      );
      return;
    case 'boolean':
      result[key] = isJson ? true : 'true';
      return;
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      result[key] = isJson ? (shape.min ?? 1) : String(shape.min ?? 1);
      return;
    case 'timestamp':
      result[key] = '2026-01-01T00:00:00Z';
      return;
    default:
      if (shape.type === 'map' || shape.type === 'blob') throw new Error(`${key}: ${shape.type}`);
      result[key] = shape.enum?.[0] ?? 'x'.repeat(Math.max(1, shape.min ?? 1));
  }
}
