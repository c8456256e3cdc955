/** Keeps two builds or two deployments of an image from running at once, from whatever machines: a parameter in SSM. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';

export interface ParameterLock {
  /** Removes it, if it is still the holder's. */
  release(): Promise<void>;
}

interface Holder {
  readonly id: string;
  readonly by: string;
  readonly since: string;
  /** Whoever comes after this may take the lock: the holder has passed its own limit. */
  readonly until: string;
}

/**
 * SSM makes a parameter once, so of two that come at once one is refused.
 *
 * @throws Error that names who holds it and since when.
 */
export async function lockParameter(
  ssm: SSMClient,
  name: string,
  request: {
    readonly what: 'build' | 'deployment';
    readonly now: () => Date;
    /** The lock of a holder that has died ends after this. */
    readonly limitSeconds: number;
    /** The lock of a holder that lives is made anew so often. Default: it ends all the same. */
    readonly renewEverySeconds?: number;
  },
): Promise<ParameterLock> {
  const { what, limitSeconds, renewEverySeconds } = request;
  const now = request.now();
  const until = () => new Date(request.now().getTime() + limitSeconds * 1_000).toISOString();
  const holder: Holder = {
    id: randomBytes(4).toString('hex'),
    by: `process ${process.pid} on ${hostname()}`,
    since: now.toISOString(),
    until: until(),
  };
  const description = `Who runs this ${what} of an image of muster`;
  if (!(await put(ssm, name, holder, description))) {
    const other = await read(ssm, name);
    if (other !== null && Date.parse(other.until) > now.getTime()) {
      throw new Error(
        `another ${what} of this image runs: ${other.by}, since ${other.since} (${name}); wait for it, ` +
          `or, if it is dead, remove that parameter; its lock ends at ${other.until}`,
      );
    }
    await remove(ssm, name);
    if (!(await put(ssm, name, holder, description))) {
      throw new Error(`another ${what} of this image has just started (${name}); wait for it`);
    }
  }
  const isOwn = async () => (await read(ssm, name))?.id === holder.id;
  const renew = async () => {
    if (await isOwn()) await put(ssm, name, { ...holder, until: until() }, description, true);
  };
  // A renewal that fails is made up for by the next.
  let renewing = Promise.resolve();
  const renewNext = () => {
    renewing = renewing.then(renew).catch(() => {});
  };
  const timer =
    renewEverySeconds === undefined ? null : setInterval(renewNext, renewEverySeconds * 1_000);
  timer?.unref();
  return {
    async release() {
      if (timer !== null) clearInterval(timer);
      await renewing;
      if (await isOwn()) await remove(ssm, name);
    },
  };
}

/** False: there is one. */
async function put(
  ssm: SSMClient,
  Name: string,
  holder: Holder,
  Description: string,
  Overwrite = false,
): Promise<boolean> {
  try {
    const Value = JSON.stringify(holder);
    await ssm.send(
      new PutParameterCommand({ Name, Value, Description, Type: 'String', Overwrite }),
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
