/** A pool at its minimum on the local AWS, with the real `muster run` process, and its image in a parameter of moto. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutLifecycleHookCommand } from '@aws-sdk/client-auto-scaling';
import {
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm';
import { stringify } from 'yaml';
import { canaryLabel, drainHookName } from '../../pool/names.ts';
import { startMuster } from '../end-to-end/muster-process.ts';
import { until } from '../end-to-end/until.ts';
import { freePort } from '../harness/free-port.ts';
import { startMoto } from '../harness/moto.ts';
import {
  clientsFor,
  declarationOnCloud,
  makeSpotGroup,
  makeTemplate,
  region,
} from './fleet-on-cloud.ts';
import { type RunningCloud, startCloud } from './running-cloud.ts';

const parameter = '/muster/ci/linux';
const type = 'c6i.2xlarge';
const minimum = 2;
/** Real time for each wait; the cloud's passes as fast as the scaler goes round. */
const limitSeconds = 150;

/** What became of an instance, when, and what it ran at its end. */
export interface Life {
  readonly id: string;
  readonly image: string;
  readonly launchedAt: number;
  readyAt: number | null;
  endedAt: number | null;
  busyAtEnd: number;
}

export type DeploymentWorld = Awaited<ReturnType<typeof openDeployment>>;

export async function openDeployment(options: {
  readonly image: string;
  readonly bootSeconds: number;
  readonly tasks: readonly { readonly after: number; readonly duration: number }[];
}) {
  const moto = await startMoto();
  const running = await startCloud({ upstream: moto.endpoint });
  const { cloud } = running;
  const clients = clientsFor(running.endpoint);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ssm = new SSMClient({ region, endpoint: running.endpoint, credentials });
  const folder = mkdtempSync(join(tmpdir(), 'muster-deployment-'));
  const put = async (Value: string) => {
    const change = { Name: parameter, Value, Type: 'String', Overwrite: true } as const;
    return (await ssm.send(new PutParameterCommand(change))).Version!;
  };
  const labelled = (ParameterVersion: number) => ({
    ...{ Name: parameter, ParameterVersion, Labels: [canaryLabel] },
  });
  await put(options.image);
  await cloud.act({ action: 'boot', readySeconds: options.bootSeconds });
  const followed = followInstances(running);
  const templateId = await makeTemplate(clients, 'ci_linux_x86-64', 'ci', { parameter });
  const limits = { MinSize: minimum, MaxSize: 10 };
  const group = await makeSpotGroup(clients, templateId, limits, { [type]: 1 });
  await clients.autoScaling.send(
    new PutLifecycleHookCommand({
      AutoScalingGroupName: group,
      LifecycleHookName: drainHookName,
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 900,
      DefaultResult: 'CONTINUE',
    }),
  );
  const listen = `127.0.0.1:${await freePort()}`;
  await cloud.addWorkload({
    ...{ groups: [group], provisionerId: 'ci', workerType: 'linux', tasks: [...options.tasks] },
    heartbeats: { url: `http://${listen}`, pool: 'linux', interval: 10 },
  });
  const configuration = join(folder, 'muster.yaml');
  writeFileSync(configuration, stringify(declaration(running.endpoint, `http://${listen}`)));
  const scaler = startMuster(
    { ...process.env, AWS_ENDPOINT_URL: running.endpoint },
    ...['run', '--clock', running.endpoint, '--listen', listen, '--no-cloudwatch'],
    ...['--config', configuration, '--store', `sqlite:${join(folder, 'state.db')}`],
  );
  const now = () => cloud.account.clock.now();
  const lives = () => [...followed.lives.values()];
  const story = () => `${now()} ${JSON.stringify(lives(), null, 1)}\n${scaler.log().slice(-5000)}`;
  const waitFor = (what: string, isTrue: () => boolean) => until(what, limitSeconds, isTrue, story);
  return {
    ...{ cloud, now, lives, waitFor, put },
    atLaunchOf: followed.atLaunchOf,
    label: (version: number) => ssm.send(new LabelParameterVersionCommand(labelled(version))),
    unlabel: (version: number) => ssm.send(new UnlabelParameterVersionCommand(labelled(version))),
    alive: () => lives().filter(({ endedAt }) => endedAt === null),
    up: () => lives().filter(({ readyAt, endedAt }) => readyAt !== null && endedAt === null),
    async pass(seconds: number) {
      const end = now() + seconds;
      await waitFor(`${seconds} s pass`, () => now() >= end);
    },
    /** Who was asked to drain for being outdated, in order. */
    retiredSince: (at: number) =>
      scaler
        .decisions()
        .filter((decision) => decision.at >= at)
        .flatMap((decision) =>
          decision.drain
            .filter(({ because }) => because === 'outdated')
            .map(({ instanceId }) => ({ at: decision.at, instanceId })),
        ),
    async stop() {
      scaler.kill();
      clients.destroy();
      ssm.destroy();
      await running.stop();
      await moto.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function followInstances({ cloud: { account } }: RunningCloud) {
  const lives = new Map<string, Life>();
  let awaited: { readonly image: string; readonly act: () => Promise<unknown> } | null = null;
  account.host.listen({
    launched({ id }) {
      const image = account.region(region).instances().get(id)!.imageId;
      const launched = { id, image, launchedAt: account.clock.now() };
      lives.set(id, { ...launched, readyAt: null, endedAt: null, busyAtEnd: 0 });
      if (awaited?.image !== image) return;
      void awaited.act();
      awaited = null;
    },
    ready({ id }) {
      lives.get(id)!.readyAt = account.clock.now();
    },
    ended({ id, worker }) {
      const life = lives.get(id)!;
      life.endedAt = account.clock.now();
      life.busyAtEnd = worker?.attempts.length ?? 0;
    },
  });
  return {
    lives,
    /** Does something, once, at the next launch of this image, and settles with it. */
    atLaunchOf: (image: string, act: () => Promise<unknown>) =>
      new Promise((resolve, reject) => {
        awaited = { image, act: () => act().then(resolve, reject) };
      }),
  };
}

function declaration(endpoint: string, heartbeatUrl: string) {
  const ofFleet = { interval: '30s', heartbeat: { url: heartbeatUrl } };
  return declarationOnCloud(endpoint, ofFleet, {
    capacity: { min: minimum, max: 10 },
    wait: '5m',
    instances: [{ type, capacity: 1, utility: 1 }],
    market: { spot: { maxPrice: 0.5 } },
    image: { ssm: parameter },
  });
}
