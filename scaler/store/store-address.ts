/** Where a store is. Only one in DynamoDB is shared between machines, and so between scalers. */
export type StoreAddress =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'dynamodb'; readonly table: string };

export const defaultStore = 'sqlite:.muster.db';

/** Source of the table's form: "Naming rules and data types", Amazon DynamoDB developer guide. */
const dynamoTable = /^[a-zA-Z0-9_.-]{3,255}$/;

/** @throws Error that says what is allowed. */
export function parseStoreAddress(text: string): StoreAddress {
  const [, kind, rest = ''] = /^(sqlite|dynamodb):(.+)$/s.exec(text) ?? [];
  if (kind === 'sqlite') return { kind, file: rest };
  if (kind === 'dynamodb' && dynamoTable.test(rest)) return { kind, table: rest };
  throw new Error(
    `${JSON.stringify(text)} is no store; it must be sqlite:FILE, or dynamodb:TABLE with a table of ` +
      '3 to 255 letters, digits, _, - and .',
  );
}

/** As {@link parseStoreAddress} reads it. */
export function storeAddressText(address: StoreAddress): string {
  return address.kind === 'sqlite' ? `sqlite:${address.file}` : `dynamodb:${address.table}`;
}
