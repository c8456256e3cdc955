import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AutoScalingCloud } from '../../scaler/aws/auto-scaling-cloud.ts';
import { startHttpFake } from './http-fake.ts';
import { aFleet, never, realClock } from './samples.ts';

const fleet = aFleet();
const [home] = fleet.regions;
if (home === undefined) throw new Error('the sample fleet has a region');
const openCloud = () => new AutoScalingCloud(fleet, home, realClock, () => {});

describe('AutoScalingCloud against a server that misbehaves', () => {
  const withAnswer = async (
    answer: Parameters<typeof startHttpFake>[0],
    check: (asked: () => number) => Promise<void>,
  ) => {
    const fake = await startHttpFake(answer);
    process.env.AWS_ENDPOINT_URL = fake.url;
    try {
      await check(() => fake.received.length);
    } finally {
      delete process.env.AWS_ENDPOINT_URL;
      await fake.close();
    }
  };
  const errorXml = (code: string) =>
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;

  it.each([
    [400, 'Throttling', 'throttled', 3],
    [400, 'ValidationError', 'refused', 1],
    [403, 'AccessDenied', 'refused', 1],
    [503, 'ServiceUnavailable', 'unavailable', 3],
    [409, 'ScalingActivityInProgress', 'unavailable', 1],
  ])('tells status %d %s as %s after %d attempts', async (status, code, kind, attempts) => {
    const answer: Parameters<typeof startHttpFake>[0] = (_request, response) => {
      response.writeHead(status, { 'content-type': 'text/xml' }).end(errorXml(code));
    };
    await withAnswer(answer, async (asked) => {
      await expect(openCloud().setDesiredCapacity('group', 1, never)).rejects.toMatchObject({
        name: 'CloudError',
        kind,
      });
      expect(asked()).toBe(attempts);
    });
  });

  it('ends when the signal fires, although the server never answers', async () => {
    await withAnswer(
      () => {},
      async () => {
        const start = performance.now();
        const call = openCloud().observe(AbortSignal.timeout(200));
        await expect(call).rejects.toMatchObject({ kind: 'unavailable' });
        expect(performance.now() - start).toBeLessThan(2_000);
      },
    );
  });

  it('lets many calls share a signal, and leaves nothing on it', async () => {
    const warnings: string[] = [];
    const hear = ({ name }: Error) => warnings.push(name);
    process.on('warning', hear);
    await withAnswer(
      () => {},
      async (asked) => {
        const controller = new AbortController();
        const cloud = openCloud();
        const calls = Array.from({ length: 30 }, (_, group) =>
          cloud.setDesiredCapacity(`group-${group}`, 1, controller.signal),
        );
        const settled = Promise.allSettled(calls);
        await expect.poll(asked).toBe(30);
        controller.abort();
        expect((await settled).every(({ status }) => status === 'rejected')).toBe(true);
        await expect.poll(() => getEventListeners(controller.signal, 'abort')).toEqual([]);
      },
    );
    process.off('warning', hear);
    expect(warnings).not.toContain('MaxListenersExceededWarning');
  });

  it('takes an instance that is already gone as ended', async () => {
    // As AWS answers; moto 5.2.1 crashes with status 500 when an instance is ended twice.
    const xml = errorXml('ValidationError').replace('no<', 'Instance Id not found - i-1<');
    await withAnswer(
      (_request, response) => response.writeHead(400, { 'content-type': 'text/xml' }).end(xml),
      async () => {
        await expect(openCloud().terminate('i-1', never)).resolves.toBeUndefined();
      },
    );
  });

  it("names the status of an answer that is not AWS's", async () => {
    await withAnswer(
      (_request, response) =>
        response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'),
      async () => {
        const call = openCloud().setDesiredCapacity('group', 1, never);
        await expect(call).rejects.toMatchObject({ kind: 'unavailable', code: 'HTTP 502' });
      },
    );
  });

  it('tells a server that is not there as unavailable', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
    const call = openCloud().terminate('i-1', never);
    await expect(call).rejects.toMatchObject({ kind: 'unavailable', code: 'ECONNREFUSED' });
    delete process.env.AWS_ENDPOINT_URL;
  });
});
