import { AwsError } from './protocol/aws-error.ts';

export interface Filter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

export interface Tagged {
  readonly tags: ReadonlyMap<string, string>;
}

/** The values of a thing that a filter of this name looks at; null: there is no such filter. */
export type FilterValues<Item> = (
  item: Item,
  name: string,
) => readonly (string | undefined)[] | null;

/**
 * Items that pass every filter: each wants one of its values, in which `*` and `?` are wildcards
 * ("Filter your resources" in the EC2 user guide). Tags are looked at here.
 * @throws AwsError for a filter that there is not
 */
export function filtered<Item extends Tagged>(
  items: Iterable<Item>,
  filters: readonly Filter[] = [],
  valuesOf: FilterValues<Item>,
): Item[] {
  const tests = filters.map(({ Name = '', Values = [] }) => {
    const patterns = Values.map(patternOf);
    return (item: Item) => {
      const values = tagValues(item, Name) ?? valuesOf(item, Name);
      if (values === null) {
        throw new AwsError('InvalidParameterValue', `The filter '${Name}' is invalid`);
      }
      return values.some(
        (value) => value !== undefined && patterns.some((pattern) => pattern(value)),
      );
    };
  });
  return [...items].filter((item) => tests.every((test) => test(item)));
}

function tagValues({ tags }: Tagged, name: string): readonly string[] | null {
  if (name === 'tag-key') return [...tags.keys()];
  if (name === 'tag-value') return [...tags.values()];
  if (!name.startsWith('tag:')) return null;
  const value = tags.get(name.slice('tag:'.length));
  return value === undefined ? [] : [value];
}

function patternOf(text: string): (value: string) => boolean {
  if (!/[*?\\]/.test(text)) return (value) => value === text;
  const source = text.replace(/\\(.)|([*?])|([^*?\\]+)/g, (_, escaped, wildcard, plain) => {
    if (wildcard === '*') return '.*';
    if (wildcard === '?') return '.';
    return (escaped ?? plain).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  const pattern = new RegExp(`^${source}$`, 's');
  return (value) => pattern.test(value);
}
