import { InvalidArgumentError, Option } from 'commander';
import {
  defaultStore,
  parseStoreAddress,
  type StoreAddress,
} from '../scaler/store/store-address.ts';

/** `--store`, for every command that reads or writes what the scaler keeps. */
export function storeOption(description: string): Option {
  return new Option('--store <store>', `${description}: sqlite:FILE or dynamodb:TABLE`)
    .env('MUSTER_STORE')
    .default(parseStoreAddress(defaultStore), defaultStore)
    .argParser((text): StoreAddress => {
      try {
        return parseStoreAddress(text);
      } catch (error) {
        throw new InvalidArgumentError((error as Error).message);
      }
    });
}
