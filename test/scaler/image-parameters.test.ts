import {
  DeleteParameterCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canaryLabel } from '../../pool/names.ts';
import { clientConfiguration } from '../../scaler/aws/client-configuration.ts';
import { ImageParameters } from '../../scaler/aws/image-parameters.ts';
import { missingParts } from '../harness/missing-part.ts';
import { type Moto, motoPart, startMoto } from '../harness/moto.ts';
import { ManualClock, never } from './samples.ts';

const region = 'eu-west-1';
const start = new ManualClock().now();

describe.skipIf(await missingParts([motoPart]))('ImageParameters on moto', () => {
  let moto: Moto;
  let client: SSMClient;
  let clock: ManualClock;
  let parameters: ImageParameters;
  let failures: string[];
  /** Names of each call that was sent. */
  let calls: (readonly string[])[];

  beforeAll(async () => {
    moto = await startMoto();
  }, 90_000);
  afterAll(() => moto.stop());
  beforeEach(async () => {
    await moto.reset();
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
    client = new SSMClient(clientConfiguration({ kind: 'default' }, region));
    calls = [];
    client.middlewareStack.add(
      (next) => (sent) => {
        if ('Names' in sent.input) calls.push((sent.input as { Names: string[] }).Names);
        return next(sent);
      },
      { step: 'initialize' },
    );
    clock = new ManualClock();
    failures = [];
    const onFailure = (doing: string, error: unknown) =>
      failures.push(`${doing}: ${(error as Error).message}`);
    parameters = new ImageParameters({ region, client, clock, onFailure });
  });
  afterEach(() => {
    client.destroy();
    delete process.env.AWS_ENDPOINT_URL;
  });

  const put = (Name: string, Value: string) =>
    client.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
  const label = (Name: string, ParameterVersion: number) =>
    client.send(
      new LabelParameterVersionCommand({ Name, ParameterVersion, Labels: [canaryLabel] }),
    );
  const read = (...names: string[]) => parameters.refresh(new Set(names), never);
  const valuesOf = (name: string) => {
    const images = parameters.images(name);
    return images && [images.current, images.canary];
  };

  it('reads the value, and the version that a deployment tries, whether or not it is the value', async () => {
    await put('/ci/linux', 'ami-1');
    await read('/ci/linux');
    expect(valuesOf('/ci/linux')).toEqual(['ami-1', null]);
    await put('/ci/linux', 'ami-2');
    await label('/ci/linux', 2);
    clock.advance(30);
    await read('/ci/linux');
    expect(valuesOf('/ci/linux')).toEqual(['ami-2', 'ami-2']);
    await put('/ci/linux', 'ami-1');
    clock.advance(30);
    await read('/ci/linux');
    expect(valuesOf('/ci/linux')).toEqual(['ami-1', 'ami-2']);
    expect(failures).toEqual([]);
  });

  it('reads each 30 s, and at once what was not asked for before', async () => {
    await put('/ci/linux', 'ami-1');
    await put('/ci/arm', 'ami-9');
    await read('/ci/linux');
    await put('/ci/linux', 'ami-2');
    clock.advance(29);
    await read('/ci/linux');
    expect(valuesOf('/ci/linux')).toEqual(['ami-1', null]);
    await read('/ci/linux', '/ci/arm');
    expect(valuesOf('/ci/linux')).toEqual(['ami-2', null]);
    expect(valuesOf('/ci/arm')).toEqual(['ami-9', null]);
    const asked = calls.length;
    await read();
    expect(calls).toHaveLength(asked);
  });

  it('tells since when a value has been current, as far as was seen', async () => {
    await put('/ci/linux', 'ami-1');
    await read('/ci/linux');
    clock.advance(30);
    await read('/ci/linux');
    const seen = { current: 'ami-1', canary: null };
    expect(parameters.images('/ci/linux')).toEqual({
      ...seen,
      currentSince: start,
      readAt: start + 30,
    });
    await put('/ci/linux', 'ami-2');
    clock.advance(30);
    await read('/ci/linux');
    expect(parameters.images('/ci/linux')).toMatchObject({ currentSince: start + 60 });
  });

  it('asks for ten names a call, labels before values, and none of labels that only AWS may set', async () => {
    const names = Array.from({ length: 11 }, (_, index) => `/ci/${String(index).padStart(2, '0')}`);
    for (const [index, name] of names.entries()) await put(name, `ami-${index}`);
    await label('/ci/10', 1);
    await read('/aws/service/some-image', ...names);
    expect(failures).toEqual([]);
    expect(names.map(valuesOf)).toEqual(
      names.map((_, index) => [`ami-${index}`, index === 10 ? 'ami-10' : null]),
    );
    const labelled = names.map((name) => `${name}:${canaryLabel}`);
    expect(calls).toEqual([
      labelled.slice(0, 10),
      labelled.slice(10),
      ['/aws/service/some-image', ...names.slice(0, 9)],
      names.slice(9),
    ]);
  });

  it('knows nothing of a parameter that is gone, and all that it knew where SSM does not answer', async () => {
    await put('/ci/linux', 'ami-1');
    await put('/ci/arm', 'ami-9');
    await read('/ci/linux', '/ci/arm');
    await client.send(new DeleteParameterCommand({ Name: '/ci/arm' }));
    clock.advance(30);
    await read('/ci/linux', '/ci/arm');
    expect(valuesOf('/ci/linux')).toEqual(['ami-1', null]);
    expect(parameters.images('/ci/arm')).toBeNull();
    expect(failures).toEqual([]);
    client.middlewareStack.add(
      () => () =>
        Promise.reject(Object.assign(new Error('slow down'), { name: 'ThrottlingException' })),
      { step: 'initialize', priority: 'high' },
    );
    clock.advance(30);
    await read('/ci/linux');
    expect(valuesOf('/ci/linux')).toEqual(['ami-1', null]);
    expect(failures).toEqual([expect.stringContaining('reading image parameters of eu-west-1: ')]);
  });

  it('a label that no version has is among the invalid names, and a labelled one comes under its plain name', async () => {
    await put('/ci/linux', 'ami-1');
    const Names = [`/ci/linux:${canaryLabel}`];
    const without = await client.send(new GetParametersCommand({ Names }));
    expect(without.InvalidParameters).toEqual(Names);
    await label('/ci/linux', 1);
    const { Parameters } = await client.send(new GetParametersCommand({ Names }));
    expect(Parameters).toMatchObject([{ Name: '/ci/linux', Value: 'ami-1' }]);
  });
});
