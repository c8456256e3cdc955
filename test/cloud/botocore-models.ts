/** The models of the served operations, made from botocore's, which the Python environment holds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ServiceModel, ServiceName } from '../../cloud/protocol/service-model.ts';
import { projectRoot } from '../harness/project-root.ts';

interface BotocoreMember {
  readonly shape: string;
  readonly locationName?: string;
  readonly queryName?: string;
}

interface BotocoreShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, BotocoreMember>>;
  readonly member?: BotocoreMember;
  readonly key?: BotocoreMember;
  readonly value?: BotocoreMember;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly error?: { readonly code?: string };
}

interface BotocoreOperation {
  readonly input?: BotocoreMember;
  readonly output?: BotocoreMember & { readonly resultWrapper?: string };
  readonly errors?: readonly BotocoreMember[];
}

export interface BotocoreModel {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly operations: Readonly<Record<string, BotocoreOperation>>;
  readonly shapes: Readonly<Record<string, BotocoreShape>>;
}

const folders: Readonly<Record<ServiceName, string>> = {
  autoscaling: 'autoscaling/2011-01-01',
  ec2: 'ec2/2016-11-15',
  pricing: 'pricing/2017-10-15',
  servicequotas: 'service-quotas/2019-06-24',
};

/** null: there is no botocore. */
export function botocoreData(): string | null {
  const libraries = join(projectRoot, '.venv/lib');
  if (!existsSync(libraries)) return null;
  for (const python of readdirSync(libraries)) {
    const data = join(libraries, python, 'site-packages/botocore/data');
    if (existsSync(data)) return data;
  }
  return null;
}

export function readBotocoreModel(data: string, service: ServiceName): BotocoreModel {
  const file = join(data, folders[service], 'service-2.json.gz');
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as BotocoreModel;
}

/** Only these operations, the shapes that they reach, and no word of documentation. */
export function servedPart(model: BotocoreModel, operations: readonly string[]): ServiceModel {
  const shapes: Record<string, unknown> = {};
  const reach = (name: string) => {
    if (Object.hasOwn(shapes, name)) return;
    const shape = model.shapes[name]!;
    shapes[name] = null;
    shapes[name] = plainShape(shape);
    const members = [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value];
    for (const member of members) if (member !== undefined) reach(member.shape);
  };
  const served = operations.toSorted().map((name) => {
    const operation = model.operations[name];
    if (operation === undefined) throw new Error(`botocore knows no operation ${name}`);
    for (const member of [operation.input, operation.output]) if (member) reach(member.shape);
    const errors = (operation.errors ?? []).map(
      ({ shape }) => model.shapes[shape]?.error?.code ?? shape,
    );
    return [
      name,
      {
        input: operation.input?.shape ?? null,
        output: operation.output?.shape ?? null,
        ...pick(operation.output ?? {}, ['resultWrapper']),
        errors: errors.toSorted(),
      },
    ];
  });
  const metadata = [
    'endpointPrefix',
    'protocol',
    'apiVersion',
    'xmlNamespace',
    'targetPrefix',
    'jsonVersion',
  ];
  const part = {
    metadata: pick(model.metadata, metadata),
    operations: Object.fromEntries(served),
    shapes: Object.fromEntries(Object.entries(shapes).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
  return part as unknown as ServiceModel;
}

function plainShape(shape: BotocoreShape): object {
  const { members, member, key, value } = shape;
  return {
    ...pick(shape, ['type', 'required', 'enum', 'pattern', 'min', 'max']),
    ...(members && {
      members: Object.fromEntries(
        Object.entries(members).map(([name, each]) => [name, plainMember(each)]),
      ),
    }),
    ...(member && { member: plainMember(member) }),
    ...(key && { key: plainMember(key) }),
    ...(value && { value: plainMember(value) }),
  };
}

function plainMember(member: BotocoreMember): object {
  return pick(member, ['shape', 'locationName', 'queryName']);
}

function pick(from: object, names: readonly string[]): object {
  const entries = Object.entries(from).filter(([name]) => names.includes(name));
  return Object.fromEntries(entries);
}
