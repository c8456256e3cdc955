/** The API's description as OpenAPI 3.1.1, made from the schemas that validate. */
import * as z from 'zod';
import { argumentsOf, parameterPatterns, provisionerMethods } from '../provisioner/methods.ts';
import { registrationRequest } from '../provisioner/registration.ts';
import {
  auditEntrySchema,
  budgetSchema,
  errorSchema,
  offeringSchema,
  poolName,
  poolSchema,
  poolSummarySchema,
  shownDecisionSchema,
  workerSchema,
} from './resources.ts';
import type { ApiRoute } from './route.ts';

type Json = Record<string, unknown>;

const named = {
  Pool: poolSchema,
  PoolSummary: poolSummarySchema,
  Worker: workerSchema,
  Offering: offeringSchema,
  Decision: shownDecisionSchema,
  Budget: budgetSchema,
  AuditEntry: auditEntrySchema,
  Error: errorSchema,
} as const;

/** @param routes those of version 2; version 1 is described beside them */
export function openApi(routes: readonly ApiRoute[], serverUrl: string | null): Json {
  const schemas = new NamedSchemas();
  for (const [name, schema] of Object.entries(named)) schemas.output(name, schema);
  const paths: Record<string, Json> = {};
  const add = (path: string, method: string, described: Json) => {
    paths[path] = { ...paths[path], [method.toLowerCase()]: described };
  };
  for (const route of routes) {
    add(`/api/v2${route.path}`, route.method, operation(route, schemas));
  }
  for (const method of provisionerMethods) {
    const path = `/v1${method.route.replace(/<(\w+)>/g, '{$1}')}`;
    add(path, method.method, oldOperation(method, schemas));
  }
  add('/v1/registrations', 'post', {
    operationId: 'register',
    tags: ['Version 1'],
    summary: 'A worker shows who it is, once, and is given its data',
    security: [],
    requestBody: jsonBody(schemas.input('register', registrationRequest)),
    responses: responses('201', { type: 'object' }),
  });
  return {
    openapi: '3.1.1',
    info: {
      title: 'muster',
      version: '2',
      description:
        'Worker pools on EC2. Version 1, below `/v1` and `/api/aws-provisioner/v1`, is that of the ' +
        'Taskcluster AWS provisioner.',
    },
    ...(serverUrl !== null && { servers: [{ url: serverUrl }] }),
    tags: [{ name: 'Version 2' }, { name: 'Version 1' }],
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: schemas.described(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: '`npx muster token create`' },
      },
    },
  };
}

/** Schemas by name; one that is part of another is referred to there. */
class NamedSchemas {
  readonly #outputs = z.registry<{ id: string }>();
  readonly #inputs = z.registry<{ id: string }>();

  output(name: string, schema: z.ZodType): Json {
    return this.#add(this.#outputs, name, schema);
  }

  input(name: string, schema: z.ZodType): Json {
    return this.#add(this.#inputs, `${name}Request`, schema);
  }

  described(): Json {
    return { ...describedBy(this.#outputs, 'output'), ...describedBy(this.#inputs, 'input') };
  }

  #add(registry: z.core.$ZodRegistry<{ id: string }>, name: string, schema: z.ZodType): Json {
    const known = registry.get(schema)?.id;
    if (known === undefined) registry.add(schema, { id: name });
    return { $ref: `#/components/schemas/${known ?? name}` };
  }
}

/** Shapes that refer to themselves are set apart by zod, under a name that both directions have. */
function describedBy(schemas: z.core.$ZodRegistry<{ id: string }>, io: 'input' | 'output'): Json {
  const uri = (id: string) => `#/components/schemas/${id}`;
  const made = z.toJSONSchema(schemas, { uri, io, unrepresentable: 'any' });
  const shared = `${io}Parts`;
  const text = JSON.stringify(made.schemas).replaceAll('__shared#/', `${shared}/`);
  const read = JSON.parse(text) as Record<string, Json>;
  return Object.fromEntries(
    Object.entries(read).map(([name, { $id: _id, $schema: _schema, id: _, ...rest }]) => [
      name === '__shared' ? shared : name,
      rest,
    ]),
  );
}

function operation(
  { name, title, path, scopes, query, body, status, output }: ApiRoute,
  schemas: NamedSchemas,
): Json {
  const parameters = [
    ...(path.includes('{pool}') ? [parameter('pool', 'path', plainSchema(poolName))] : []),
    ...(query === null ? [] : queryParameters(query)),
  ];
  const needed = scopes.map((scope) => `\`${scope}\``).join(' or ');
  return {
    operationId: name,
    tags: ['Version 2'],
    summary: title,
    ...(needed !== '' && { description: `Scopes: ${needed}.` }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== null && { requestBody: jsonBody(schemas.input(name, body), false) }),
    responses: responses(String(status), output && schemas.output(`${name}Answer`, output)),
  };
}

function oldOperation(method: (typeof provisionerMethods)[number], schemas: NamedSchemas): Json {
  const { name, title, scopes, input, output } = method;
  const parameters = argumentsOf(method).map((argument) => {
    const pattern = parameterPatterns[argument]?.source;
    return parameter(argument, 'path', { type: 'string', ...(pattern && { pattern }) });
  });
  const needed = scopes.map((set) => set.map((scope) => `\`${scope}\``).join(' and ')).join(' or ');
  const answer = output === null ? {} : schemas.output(`${name}Answer`, output);
  return {
    operationId: name,
    tags: ['Version 1'],
    summary: title,
    ...(needed !== '' && { description: `Scopes: ${needed}.` }),
    ...(scopes.length === 0 && { security: [{}, { bearer: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(input !== null && { requestBody: jsonBody(schemas.input(name, input)) }),
    responses: {
      ...responses('200', answer),
      204: { description: 'Done; there is nothing to say' },
    },
  };
}

function parameter(name: string, place: 'path' | 'query', schema: Json, required = true): Json {
  return { name, in: place, required, schema };
}

function queryParameters(query: z.ZodType): Json[] {
  const { properties = {}, required = [] } = plainSchema(query) as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) =>
    parameter(name, 'query', schema, required.includes(name)),
  );
}

function plainSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

function jsonBody(schema: Json, required = true): Json {
  return { required, content: { 'application/json': { schema } } };
}

/** @param answer null: a stream of events */
function responses(status: string, answer: Json | null): Json {
  const content =
    answer === null
      ? { 'text/event-stream': { schema: { type: 'string' } } }
      : { 'application/json': { schema: answer } };
  const error = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return {
    [status]: { description: 'As asked', content },
    '4XX': { description: 'Refused: `code` says why', content: error },
    503: { description: 'The store does not answer', content: error },
  };
}
