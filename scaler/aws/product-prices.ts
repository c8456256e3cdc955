import pLimit from 'p-limit';
import type { OnDemandPrice, OnDemandPrices } from './on-demand-prices.ts';
import type { PriceQuestion, SpotPrices, ZonePrice } from './spot-prices.ts';

/** Prices of one product in one region, for all that ask for them. */
export class ProductPrices {
  readonly #spot: SpotPrices;
  /** null: the Price List API does not have the product. */
  readonly #onDemand: OnDemandPrices | null;
  readonly #onFailure: (doing: string, error: unknown) => void;
  /** One read of spot prices after the other: what one has read, the next need not read again. */
  readonly #oneByOne = pLimit(1);

  constructor(options: {
    spot: SpotPrices;
    onDemand: OnDemandPrices | null;
    onFailure: (doing: string, error: unknown) => void;
  }) {
    this.#spot = options.spot;
    this.#onDemand = options.onDemand;
    this.#onFailure = options.onFailure;
  }

  of(
    instanceType: string,
    question: PriceQuestion,
  ): { readonly spot: readonly ZonePrice[] | null; readonly onDemand: OnDemandPrice | null } {
    const onDemand = this.#onDemand?.price(instanceType) ?? null;
    return { spot: this.#spot.prices(instanceType, question), onDemand };
  }

  /**
   * Reads what is due; settles, without an error, when that is done. Waits for on-demand prices only
   * while one of them is not known from anywhere.
   * @param signal not an iteration's: a slow read may outlast the iteration that began it
   */
  async refresh(
    types: readonly string[],
    question: PriceQuestion,
    signal: AbortSignal,
  ): Promise<void> {
    const onDemand = this.#onDemand?.refresh(types, signal);
    const spot = this.#oneByOne(() => this.#spot.refresh(types, question, signal)).catch((error) =>
      this.#onFailure('reading spot prices', error),
    );
    const unpriced = types.some((type) => (this.#onDemand?.price(type) ?? null) === null);
    await Promise.all(unpriced ? [spot, onDemand] : [spot]);
  }
}
