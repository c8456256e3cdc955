import { runCommand } from '../harness/run-command.ts';
import type { ProcessResult } from '../harness/run-process.ts';

/** Environment under which programs and clients in this process reach an endpoint. */
export function environmentFor(endpoint: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Sets {@link environmentFor} here; returns what puts back what was. */
export function useEndpoint(endpoint: string): () => void {
  const before = { ...process.env };
  Object.assign(process.env, environmentFor(endpoint));
  return () => {
    process.env = before;
  };
}

/** Runs the command to its end, whatever its exit code. */
export function runMuster(
  endpoint: string,
  directory: string,
  ...parameters: string[]
): Promise<ProcessResult> {
  return runCommand(parameters, {
    directory,
    environment: {
      PATH: process.env.PATH,
      HOME: directory,
      NODE_NO_WARNINGS: '1',
      ...environmentFor(endpoint),
    },
  });
}
