import { InvalidArgumentError, Option } from 'commander';
import { type KeyAddress, parseKeyAddress } from '../scaler/store/open-cipher.ts';

/** `--key`, for every command that seals or opens what the store keeps. */
export function keyOption(): Option {
  return new Option(
    '--key <key>',
    'what secrets are sealed with: file:FILE or kms:KEY (default: the file of the store with .key, ' +
      'or of a table kms:alias/muster/FLEET)',
  )
    .env('MUSTER_KEY')
    .argParser((text): KeyAddress => {
      try {
        return parseKeyAddress(text);
      } catch (error) {
        throw new InvalidArgumentError((error as Error).message);
      }
    });
}
