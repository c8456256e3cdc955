/** Keeps two builds of one pool's image from running at once, from whatever machines: a parameter in SSM. */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';

export interface BuildLock {
  /** Removes it, if it is still this build's. */
  release(): Promise<void>;
}

interface Holder {
  readonly build: string;
  readonly by: string;
  readonly since: string;
  /** Whoever comes after this may take the lock: the build has passed its own limit. */
  readonly until: string;
}

/**
 * SSM makes a parameter once, so of two that come at once one is refused.
 *
 * @throws Error that names who builds and since when.
 */
export async function lockBuild(
  ssm: SSMClient,
  name: string,
  request: {
    readonly build: string;
    readonly by: string;
    readonly now: Date;
    readonly limitSeconds: number;
  },
): Promise<BuildLock> {
  const { build, by, now, limitSeconds } = request;
  const holder: Holder = {
    build,
    by,
    since: now.toISOString(),
    until: new Date(now.getTime() + limitSeconds * 1_000).toISOString(),
  };
  if (!(await put(ssm, name, holder))) {
    const other = await read(ssm, name);
    if (other !== null && Date.parse(other.until) > now.getTime()) {
      throw new Error(
        `another build of this image runs: ${other.by}, since ${other.since} (${name}); wait for it, ` +
          `or, if it is dead, remove that parameter; its lock ends at ${other.until}`,
      );
    }
    await remove(ssm, name);
    if (!(await put(ssm, name, holder))) {
      throw new Error(`another build of this image has just started (${name}); wait for it`);
    }
  }
  return {
    async release() {
      const current = await read(ssm, name);
      if (current?.build === build) await remove(ssm, name);
    },
  };
}

/** False: there is one. */
async function put(ssm: SSMClient, Name: string, holder: Holder): Promise<boolean> {
  try {
    const Description = 'Who builds this image of muster';
    const Value = JSON.stringify(holder);
    await ssm.send(
      new PutParameterCommand({ Name, Value, Description, Type: 'String', Overwrite: false }),
    );
    return true;
  } catch (error) {
    if (error instanceof ParameterAlreadyExists) return false;
    throw error;
  }
}

async function read(ssm: SSMClient, Name: string): Promise<Holder | null> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    return JSON.parse(Parameter?.Value ?? 'null') as Holder | null;
  } catch (error) {
    if (error instanceof ParameterNotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}

async function remove(ssm: SSMClient, Name: string): Promise<void> {
  await ssm.send(new DeleteParameterCommand({ Name })).catch((error: unknown) => {
    if (!(error instanceof ParameterNotFound)) throw error;
  });
}
