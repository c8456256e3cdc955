import { AwsError } from './aws-error.ts';
import { errorOf, type ParameterFault } from './parameter-fault.ts';
import { parseSimple } from './parse-simple.ts';
import { type Member, type ServiceModel, type StructureShape, shapeOf } from './service-model.ts';

/**
 * The parameters of a request of AWS's JSON protocol, by the names and types of the model. A member that
 * the model does not know is ignored, as AWS ignores it.
 * @throws AwsError that names every parameter that is missing or wrong
 */
export function parseJson(
  model: ServiceModel,
  operation: string,
  body: string,
): Record<string, unknown> {
  const faults: ParameterFault[] = [];
  const input = model.operations[operation]?.input ?? null;
  if (input === null) return {};
  const shape = shapeOf(model, input) as StructureShape;
  const value = readStructure(model, shape, parsed(body), '', faults);
  const [first, ...others] = faults;
  if (first !== undefined) throw errorOf(model, [first, ...others]);
  return value;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw new AwsError('SerializationException', 'the body is not JSON');
  }
}

function readStructure(
  model: ServiceModel,
  shape: StructureShape,
  value: unknown,
  path: string,
  faults: ParameterFault[],
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AwsError('SerializationException', `${path || 'the body'} is not an object`);
  }
  const fields = value as Record<string, unknown>;
  for (const [name, member] of Object.entries(shape.members)) {
    const at = path === '' ? name : `${path}.${name}`;
    const field = Object.hasOwn(fields, name) ? fields[name] : null;
    if (field !== null && field !== undefined)
      result[name] = read(model, member, field, at, faults);
    else if (shape.required?.includes(name)) {
      const constraint = 'Member must not be null';
      faults.push({ kind: 'missing', parameter: at, value: null, constraint });
    }
  }
  return result;
}

function read(
  model: ServiceModel,
  member: Member,
  value: unknown,
  path: string,
  faults: ParameterFault[],
): unknown {
  const shape = shapeOf(model, member.shape);
  switch (shape.type) {
    case 'structure':
      return readStructure(model, shape, value, path, faults);
    case 'list':
      if (!Array.isArray(value)) throw wrongType(path);
      return value.map((item, index) =>
        read(model, shape.member, item, `${path}.${index + 1}`, faults),
      );
    case 'map':
      throw new Error(`${path}: maps are not read`);
    default: {
      const isText = typeof value === 'string';
      if (isText !== (shape.type === 'string') || typeof value === 'object') throw wrongType(path);
      const result = parseSimple(shape, String(value));
      if (result.ok) return result.value;
      const { constraint } = result;
      faults.push({ kind: 'invalid', parameter: path, value: String(value), constraint });
      return undefined;
    }
  }
}

function wrongType(path: string): AwsError {
  return new AwsError('SerializationException', `${path} has a value of the wrong type`);
}
