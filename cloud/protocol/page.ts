/**
 * A page of a list, by position. A token is only good for a list that has not changed before it, as
 * with AWS, which does not promise more.
 */
export function pageOf<Item>(
  items: readonly Item[],
  token: string | undefined,
  size: number,
  invalid: () => Error,
): { readonly items: readonly Item[]; readonly next: string | undefined } {
  const from = token === undefined ? 0 : positionOf(token);
  if (from === null) throw invalid();
  const to = from + size;
  return {
    items: items.slice(from, to),
    next: to < items.length ? Buffer.from(`position ${to}`).toString('base64url') : undefined,
  };
}

function positionOf(token: string): number | null {
  const match = /^position (\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  return match === null ? null : Number(match[1]);
}
