import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Fleet } from '../pool/pool.ts';

/** Files that the scaler's instance runs; a stack takes copies of them. */
export interface ScalerArtifacts {
  /** The program as one file, as `npm run build` makes it. */
  readonly bundleFile: string;
  /** The declaration that the stacks are made from. */
  readonly declarationFile: string;
}

/** Where `npm run build` writes. */
export const defaultBundleFile = fileURLToPath(new URL('../dist/muster.mjs', import.meta.url));

/** @throws Error when a fleet that runs its scaler in AWS lacks one of the files. */
export function requiredArtifacts(
  { name }: Fleet,
  artifacts: ScalerArtifacts | null,
): ScalerArtifacts {
  if (artifacts === null) {
    throw new Error(`fleet ${name} runs its scaler in AWS: say which bundle and declaration`);
  }
  if (!existsSync(artifacts.bundleFile)) {
    throw new Error(
      `fleet ${name} runs its scaler in AWS, and ${artifacts.bundleFile} does not exist: ` +
        'run npm run build first',
    );
  }
  return artifacts;
}
