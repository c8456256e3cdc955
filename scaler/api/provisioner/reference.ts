import * as z from 'zod';
import { type ApiMethod, argumentsOf } from './methods.ts';

/** The reference in the form that the old clients are made from, with the schemas in it. */
export function apiReference(methods: readonly ApiMethod[], baseUrl: string) {
  return {
    version: 0,
    $schema: 'http://schemas.taskcluster.net/base/v1/api-reference.json#',
    title: 'AWS provisioner API',
    description:
      'Worker types are pools; AMI sets, secrets of workers, and the state of the fleet.',
    baseUrl,
    entries: methods.map((method) => ({
      type: 'function',
      method: method.method,
      route: method.route,
      query: [],
      args: argumentsOf(method),
      name: method.name,
      stability: method.stability,
      title: method.title,
      description: `${method.title}.`,
      ...(method.scopes.length > 0 && { scopes: method.scopes }),
      ...(method.input !== null && { input: schemaOf(method.input) }),
      ...(method.output !== null && { output: schemaOf(method.output) }),
    })),
  };
}

function schemaOf(schema: z.ZodType) {
  return z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
}
