/** Records as items of DynamoDB: keys, conditions and queries, in the words of its API. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { UnixSeconds } from '../../pool/units.ts';
import type { CheckedWrite } from './check-request.ts';
import { type Fence, type RecordKey, type StoredRecord, StoreError } from './store.ts';

type Item = Record<string, AttributeValue>;

/** What a put, a delete and a check have in common. */
export interface DynamoAction {
  TableName: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
  ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
}

export function itemKey({ partition, sort }: RecordKey): Item {
  return { partition: { S: partition }, sort: { S: sort } };
}

export function insertion(
  table: string,
  { key, text, version, expiresAt, when }: Extract<CheckedWrite, { do: 'put' }>,
  now: UnixSeconds,
): DynamoAction & { Item: Item } {
  return {
    TableName: table,
    Item: {
      ...itemKey(key),
      value: { S: text },
      version: { S: version },
      ...(expiresAt === null ? {} : { expiresAt: { N: String(expiresAt) } }),
    },
    ...conditionOf(when, now),
  };
}

export function deletion(
  table: string,
  { key, when }: CheckedWrite,
  now: UnixSeconds,
): DynamoAction & { Key: Item } {
  return { TableName: table, Key: itemKey(key), ...conditionOf(when, now) };
}

/** The record of a fence is kept, so its expiry is nothing to check. */
export function fenceCheck(
  table: string,
  { key, version }: Fence,
): DynamoAction & { Key: Item; ConditionExpression: string } {
  return {
    TableName: table,
    Key: itemKey(key),
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': { S: version } },
  };
}

/** An item past its expiry counts as absent: DynamoDB deletes it within days. */
function conditionOf(
  when: CheckedWrite['when'],
  now: UnixSeconds,
): Omit<DynamoAction, 'TableName'> {
  if (when === 'any') return {};
  const kept = '(attribute_not_exists(#expiresAt) OR #expiresAt > :now)';
  const common = {
    ExpressionAttributeNames: { '#expiresAt': 'expiresAt' },
    ExpressionAttributeValues: { ':now': { N: String(now) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
  const naming = (name: string) => ({ ...common.ExpressionAttributeNames, [`#${name}`]: name });
  if (when === 'absent') {
    return {
      ...common,
      ConditionExpression: 'attribute_not_exists(#version) OR #expiresAt <= :now',
      ExpressionAttributeNames: naming('version'),
    };
  }
  if (when === 'present') {
    return {
      ...common,
      ConditionExpression: `attribute_exists(#version) AND ${kept}`,
      ExpressionAttributeNames: naming('version'),
    };
  }
  return {
    ...common,
    ConditionExpression: `#version = :version AND ${kept}`,
    ExpressionAttributeNames: naming('version'),
    ExpressionAttributeValues: {
      ...common.ExpressionAttributeValues,
      ':version': { S: when.version },
    },
  };
}

/**
 * The query of a list; what it answers beyond the prefix is past the end of the list. null: nothing
 * can be in it. DynamoDB takes one condition on the sort key, no empty text, and no start outside.
 */
export function queryOf({
  partition,
  prefix,
  after,
  descending,
}: {
  readonly partition: string;
  readonly prefix: string;
  readonly after: string | null;
  readonly descending: boolean;
}) {
  const query = (condition: string | null, text: string) => ({
    ScanIndexForward: !descending,
    KeyConditionExpression: `#partition = :partition${condition === null ? '' : ` AND ${condition}`}`,
    ExpressionAttributeNames: {
      '#partition': 'partition',
      ...(condition === null ? {} : { '#sort': 'sort' }),
    },
    ExpressionAttributeValues: {
      ':partition': { S: partition },
      ...(condition === null ? {} : { ':text': { S: text } }),
    },
  });
  if (after?.startsWith(prefix)) return query(`#sort ${descending ? '<' : '>'} :text`, after);
  if (after !== null) {
    const beyond = Buffer.compare(Buffer.from(after), Buffer.from(prefix)) > 0;
    if (beyond !== descending) return null;
  }
  return prefix === '' ? query(null, '') : query('begins_with(#sort, :text)', prefix);
}

export function versionOf(item: Item): string | undefined {
  return item.version?.S;
}

/** @throws StoreError `invalid` when the item is none of ours. */
export function recordOf(item: Item): StoredRecord {
  const [partition, sort, text, version] = [
    item.partition,
    item.sort,
    item.value,
    item.version,
  ].map((attribute) => attribute?.S);
  if (!partition || !sort || text === undefined || !version) {
    throw new StoreError('invalid', `an item that muster did not write: ${partition} ${sort}`);
  }
  const expiresAt = item.expiresAt?.N === undefined ? null : Number(item.expiresAt.N);
  return { partition, sort, value: JSON.parse(text), version, expiresAt };
}
