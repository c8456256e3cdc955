import { type Member, type ServiceModel, type StructureShape, shapeOf } from './service-model.ts';

/**
 * The answer to a call of the query protocol, or of EC2's, as XML by the model.
 * @throws Error if the answer has a member that the model does not know: a fault of ours
 */
export function writeAnswer(
  model: ServiceModel,
  operation: string,
  answer: object,
  requestId: string,
): string {
  const { output = null, resultWrapper } = model.operations[operation] ?? {};
  const { protocol, xmlNamespace } = model.metadata;
  const content = output === null ? '' : writerOf(model, output)(answer);
  const open = `<?xml version="1.0" encoding="UTF-8"?>\n<${operation}Response xmlns="${xmlNamespace}">`;
  const close = `</${operation}Response>`;
  if (protocol === 'ec2') return `${open}<requestId>${requestId}</requestId>${content}${close}`;
  const result = resultWrapper ? `<${resultWrapper}>${content}</${resultWrapper}>` : content;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return `${open}${result}${metadata}${close}`;
}

/** An error as the query protocol, or EC2's, has it. */
export function writeError(
  { metadata: { protocol, xmlNamespace } }: ServiceModel,
  error: { readonly code: string; readonly message: string; readonly status: number },
  requestId: string,
): string {
  const code = `<Code>${escaped(error.code)}</Code>`;
  const message = `<Message>${escaped(error.message)}</Message>`;
  if (protocol === 'ec2') {
    const said = `<Errors><Error>${code}${message}</Error></Errors>`;
    return `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${said}<RequestID>${requestId}</RequestID></Response>`;
  }
  const fault = error.status < 500 ? 'Sender' : 'Receiver';
  const said = `<Error><Type>${fault}</Type>${code}${message}</Error>`;
  return `<ErrorResponse xmlns="${xmlNamespace}">${said}<RequestId>${requestId}</RequestId></ErrorResponse>`;
}

/** Writes a value of one shape. */
type Writer = (value: unknown) => string;

interface MemberWriter {
  readonly open: string;
  readonly close: string;
  readonly write: Writer;
}

/** Made once for each shape of a model: answers of thousands of instances are written often. */
const writers = new WeakMap<ServiceModel, Map<string, Writer>>();

function writerOf(model: ServiceModel, shapeName: string): Writer {
  let known = writers.get(model);
  if (known === undefined) {
    known = new Map();
    writers.set(model, known);
  }
  let writer = known.get(shapeName);
  if (writer === undefined) {
    writer = makeWriter(model, shapeName);
    known.set(shapeName, writer);
  }
  return writer;
}

function makeWriter(model: ServiceModel, shapeName: string): Writer {
  const shape = shapeOf(model, shapeName);
  switch (shape.type) {
    case 'structure':
      return structureWriter(model, shape);
    case 'list': {
      const { open, close, write } = memberWriter(model, shape.member, 'member');
      return (value) => {
        let text = '';
        for (const item of value as Iterable<unknown>) text += flat(open + write(item) + close);
        return text;
      };
    }
    case 'map':
      throw new Error(`${shapeName}: maps are not written as XML`);
    case 'timestamp':
      return (value) => (value as Date).toISOString();
    case 'blob':
      return (value) => Buffer.from(value as Uint8Array).toString('base64');
    case 'string':
      return (value) => escaped(String(value));
    default:
      return String;
  }
}

/** In one piece: strings that are put together keep their parts, which take many times the memory. */
function flat(text: string): string {
  // A search looks at one piece.
  text.indexOf('\0');
  return text;
}

function structureWriter(model: ServiceModel, shape: StructureShape): Writer {
  const members = new Map<string, MemberWriter>();
  return (value) => {
    let text = '';
    const fields = value as Record<string, unknown>;
    for (const name in fields) {
      const field = fields[name];
      if (field === undefined || field === null) continue;
      let member = members.get(name);
      if (member === undefined) {
        const known = shape.members[name];
        if (known === undefined) throw new Error(`the model has no member ${name}`);
        member = memberWriter(model, known, name);
        members.set(name, member);
      }
      text += member.open + member.write(field) + member.close;
    }
    return text;
  };
}

function memberWriter(model: ServiceModel, member: Member, name: string): MemberWriter {
  const tag = member.locationName ?? name;
  // Looked up at the first value: a shape may hold itself.
  let writer: Writer | null = null;
  const write = (value: unknown) => {
    writer ??= writerOf(model, member.shape);
    return writer(value);
  };
  return { open: `<${tag}>`, close: `</${tag}>`, write };
}

const special = /[&<>"'\r]/;
const everySpecial = /[&<>"'\r]/g;
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

function escaped(text: string): string {
  if (!special.test(text)) return text;
  return text.replace(everySpecial, (character) => entities[character]!);
}
