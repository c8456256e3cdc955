/**
 * What items become, each made when the answer is written and garbage right after: a page of all groups
 * with their instances would otherwise be in memory whole, as objects, beside its text.
 */
export function lazily<Item, Made>(items: readonly Item[], make: (item: Item) => Made): Made[] {
  const made: Iterable<Made> = {
    *[Symbol.iterator]() {
      for (const item of items) yield make(item);
    },
  };
  // The writer goes through lists and does nothing else with them.
  return made as Made[];
}
