import { type Finding, type Path, printPath } from './finding.ts';

/** Reports each place whose value stood at an earlier place already. */
export function repeated(
  places: readonly { readonly path: Path; readonly value: string }[],
  allowed: string,
): Finding[] {
  const first = new Map<string, Path>();
  return places.flatMap(({ path, value }): Finding[] => {
    const earlier = first.get(value);
    if (earlier === undefined) {
      first.set(value, path);
      return [];
    }
    const message = `got ${value} again, which is at ${printPath(earlier)}; allowed: ${allowed}`;
    return [{ path, at: 'value', message }];
  });
}
