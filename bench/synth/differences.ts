import type { StackJson, Stacks } from './variants.ts';

/** Where two outputs do not make the same: resource counts by stack and type, and attribute names. */
export function differences(left: Stacks, right: Stacks): string[] {
  return union(left, right).flatMap((stack) =>
    (['resource', 'data', 'output'] as const).flatMap((section) =>
      sectionDifferences(`${stack} ${section}`, left[stack]?.[section], right[stack]?.[section]),
    ),
  );
}

type Section = StackJson['resource'];

function sectionDifferences(where: string, left: Section = {}, right: Section = {}): string[] {
  return union(left, right).flatMap((type) => {
    const [ours, theirs] = [summary(left[type]), summary(right[type])];
    return ours === theirs ? [] : [`${where} ${type}: ${ours} is not ${theirs}`];
  });
}

function summary(ofType: Section[string] = {}): string {
  const blocks = Object.values(ofType);
  const attributes = [...new Set(blocks.flatMap((block) => namesIn(block)))].sort();
  return `${blocks.length} with ${attributes.join(' ')}`;
}

/** Names at all depths; free text such as tags and cdktf's own notes apart. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === '//') return [];
    return name === 'tags' ? [name] : [name, ...namesIn(inner)];
  });
}

function union(left: object, right: object): string[] {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
}
