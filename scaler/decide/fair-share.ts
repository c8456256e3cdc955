/**
 * Divides what is short among those who want it, max-min fair: nobody gets more than wanted, and
 * nobody gets less than another except for wanting less (Bertsekas and Gallager, "Data Networks",
 * section 6.5.2). Whole numbers; what cannot be divided goes to the first by name.
 */
export function fairShare(
  wanted: ReadonlyMap<string, number>,
  available: number,
): ReadonlyMap<string, number> {
  const byWant = [...wanted].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  const shares = new Map<string, number>();
  let left = Math.max(0, Math.floor(available));
  for (const [index, [name, want]] of byWant.entries()) {
    const others = byWant.length - index;
    const share = Math.min(want, Math.ceil(left / others));
    shares.set(name, share);
    left -= share;
  }
  return shares;
}
