/** The reference as one page without a script, made from the API's description. */
import { createHash } from 'node:crypto';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: { readonly description?: string; readonly pattern?: string };
}

type Content = Readonly<Record<string, { readonly schema: unknown }>>;

/** Of `openApi`. */
export interface DescribedApi {
  readonly info?: unknown;
  readonly paths?: unknown;
  readonly components?: unknown;
}

const style = `
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h2{margin-top:3rem}h3{margin:2rem 0 .25rem;font-size:1.05rem}code,pre{font:14px/1.45 ui-monospace,monospace}
pre{background:#f4f4f4;padding:.75rem;overflow:auto;max-height:24rem}table{border-collapse:collapse}
td,th{border:1px solid #bbb;padding:.25rem .6rem;text-align:left;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}pre{background:#262626}a{color:#8ab4ff}}
`;

/** For `content-security-policy`: nothing is loaded, and no script runs. */
export const referencePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256')
  .update(style)
  .digest('base64')}'`;

export function referencePage({ paths, components }: DescribedApi): string {
  const operations = Object.entries(paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, described]) => ({ path, method, ...described })),
  );
  const { schemas } = components as { schemas: Record<string, unknown> };
  const tags = [...new Set(operations.flatMap((operation) => operation.tags))];
  const parts = tags.flatMap((tag) => [
    `<h2>${escaped(tag)}</h2>`,
    ...operations
      .filter((operation) => operation.tags.includes(tag))
      .map((operation) => section(operation.method, operation.path, operation)),
  ]);
  const shapes = Object.entries(schemas).map(
    ([name, schema]) =>
      `<details id="${escaped(name)}"><summary><code>${escaped(name)}</code></summary>${json(schema)}</details>`,
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>muster: API reference</title><style>${style}</style></head><body><main>`,
    '<h1>API reference</h1><p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>',
    ...parts,
    '<h2>Shapes</h2>',
    ...shapes,
    '</main></body></html>',
  ].join('\n');
}

function section(method: string, path: string, operation: Operation): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const rows = parameters.map(({ name, in: place, required, schema }) => {
    const said = [schema.description, schema.pattern].filter((text) => text !== undefined);
    const cells = [name, place, required ? 'required' : 'optional', said.join('; ')];
    return `<tr>${cells.map((cell) => `<td>${marked(cell)}</td>`).join('')}</tr>`;
  });
  return [
    `<section id="${escaped(operationId)}"><h3><code>${method.toUpperCase()} ${escaped(path)}</code></h3>`,
    `<p>${marked(summary)}</p>${description === undefined ? '' : `<p>${marked(description)}</p>`}`,
    rows.length === 0 ? '' : `<table>${rows.join('')}</table>`,
    requestBody === undefined ? '' : `<p>Body: ${shapeOf(requestBody.content)}</p>`,
    '<ul>',
    ...Object.entries(responses)
      .filter(([status]) => status.startsWith('2'))
      .map(
        ([status, { content }]) => `<li>${status}${content ? `: ${shapeOf(content)}` : ''}</li>`,
      ),
    '</ul></section>',
  ].join('\n');
}

function shapeOf(content: Content): string {
  return Object.entries(content)
    .map(([type, { schema }]) => {
      const name = (schema as { $ref?: string }).$ref?.split('/').at(-1);
      const shape = name === undefined ? '' : ` <a href="#${escaped(name)}">${escaped(name)}</a>`;
      return `<code>${escaped(type)}</code>${shape}`;
    })
    .join(', ');
}

function json(value: unknown): string {
  return `<pre>${escaped(JSON.stringify(value, null, 2))}</pre>`;
}

/** Text with code between backquotes. */
function marked(text: string): string {
  return escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
