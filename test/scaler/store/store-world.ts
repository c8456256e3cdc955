import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../../scaler/ports.ts';
import { DynamoStore } from '../../../scaler/store/dynamo-store.ts';
import { LibsqlStore } from '../../../scaler/store/libsql-store.ts';
import type { Store } from '../../../scaler/store/store.ts';
import { systemClock } from '../../../scaler/system-clock.ts';

export const region = 'eu-west-1';
export const never = new AbortController().signal;

/** Real time, and as much later as a test says. */
export class LaterClock implements Clock {
  #later = 0;

  now(): number {
    return systemClock.now() + this.#later;
  }

  sleep(...call: Parameters<Clock['sleep']>): Promise<void> {
    return systemClock.sleep(...call);
  }

  advance(seconds: number): void {
    this.#later += seconds;
  }
}

/** A kind of store that can be opened again and again, empty or with what it held. */
export interface StoreWorld {
  /** Another client of the same store, as another process has one. */
  open(clock?: Clock): Promise<Store>;
  end(): Promise<void>;
}

export function libsqlWorld(): StoreWorld & { readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'muster-store-'));
  const file = join(folder, 'muster.db');
  return {
    file,
    open: (clock = systemClock) => LibsqlStore.open(file, clock),
    end: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

let tables = 0;

/** A table of its own, with the keys and the time to live of the scaler's stack. */
export async function dynamoWorld(
  endpoint: string,
): Promise<StoreWorld & { readonly table: string; readonly client: DynamoDBClient }> {
  tables += 1;
  const table = `store_${process.pid}_${tables}`;
  const client = new DynamoDBClient({ endpoint, region });
  await makeTable(client, table);
  process.env.AWS_ENDPOINT_URL_DYNAMODB = endpoint;
  return {
    table,
    client,
    open: async (clock = systemClock) =>
      new DynamoStore({ table, credentials: { kind: 'default' }, region, clock }),
    end: async () => client.destroy(),
  };
}

export async function makeTable(client: DynamoDBClient, table: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'partition', AttributeType: 'S' },
        { AttributeName: 'sort', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'partition', KeyType: 'HASH' },
        { AttributeName: 'sort', KeyType: 'RANGE' },
      ],
    }),
  );
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: table,
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    }),
  );
}
