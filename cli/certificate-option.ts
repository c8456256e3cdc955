import { readFileSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';

/** PEM by region. */
export type Certificates = ReadonlyMap<string, readonly string[]>;

/** `--certificate`, for identity documents of regions that are not built in, or of a local AWS. */
export function certificateOption(): Option {
  return new Option(
    '--certificate <region=file>',
    "PEM of AWS's RSA certificate for identity documents of a region; may be repeated (default: " +
      'those of regions until 2020)',
  )
    .argParser((text: string, before: Certificates): Certificates => {
      const [, region, file] = /^([a-z]{2,}(?:-[a-z]+)+-\d)=(.+)$/.exec(text) ?? [];
      if (region === undefined || file === undefined) {
        throw new InvalidArgumentError('must be REGION=FILE, such as il-central-1=il.pem.');
      }
      try {
        const pem = readFileSync(file, 'utf8');
        return new Map([...before, [region, [...(before.get(region) ?? []), pem]]]);
      } catch (error) {
        throw new InvalidArgumentError(`${file}: ${(error as Error).message}.`);
      }
    })
    .default(new Map(), 'none');
}
