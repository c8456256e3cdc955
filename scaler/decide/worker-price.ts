import type { UsdPerHour } from '../../pool/units.ts';
import type { Offering } from './observation.ts';
import { isOf, type OfferingTable, priceOf, typesIn } from './offering-table.ts';

/** USD per hour of a worker's own offering, or of its type's cheapest zone; null: not known. */
export function workerPrice(
  table: OfferingTable,
  worker: { readonly instanceType: string; readonly zone: string },
  group: Pick<Offering, 'region' | 'market'>,
): { readonly price: UsdPerHour; readonly pricePerUtility: number } | null {
  for (const type of typesIn(table, group)) {
    const { choice, utility } = type.of;
    if (choice.type !== worker.instanceType) continue;
    let price: UsdPerHour | null = null;
    for (let place = type.first; place < type.end; place += 1) {
      const offering = table.offerings[place]!;
      if (!isOf(type, offering)) continue;
      const known = priceOf(choice, offering);
      if (known === null || !(known > 0) || known === Number.POSITIVE_INFINITY) continue;
      if (offering.zone === worker.zone) {
        price = known;
        break;
      }
      if (price === null || known < price) price = known;
    }
    return price === null ? null : { price, pricePerUtility: price / utility };
  }
  return null;
}
