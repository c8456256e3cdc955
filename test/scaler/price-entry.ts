/** One entry of a price list, as the Price List API gives it: JSON in text. */
export const priceEntry = (usd: string, unit = 'Hrs') =>
  JSON.stringify({
    terms: { OnDemand: { a: { priceDimensions: { b: { unit, pricePerUnit: { USD: usd } } } } } },
  });
