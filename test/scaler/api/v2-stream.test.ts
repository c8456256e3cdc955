/** Live decisions as server-sent events. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SavedFleet } from '../../../scaler/api/live-fleet.ts';
import type { Memory } from '../../../scaler/decide/memory.ts';
import { systemClock } from '../../../scaler/system-clock.ts';
import { until } from '../../end-to-end/until.ts';
import { type ApiServer, never, startApiServer } from './api-server.ts';
import { openEventStream } from './event-stream.ts';
import { decideFor } from './v2-look.ts';

let api: ApiServer;
let root: string;
let stream: string;
let memory: Memory | null = null;
let at = Math.floor(Date.now() / 1000) - 1_000;

beforeAll(async () => {
  api = await startApiServer();
  root = (await api.client('root', ['*'])).bearerToken;
  stream = `${api.url}/api/v2/decisions/stream`;
});
afterAll(async () => {
  await api.close();
});

/** As the loop and its recorder do: each has other reasons than the one before. */
async function decideNow(pending: number) {
  const { pool } = (await api.parts.directory.get('from-file', never))!;
  at += 10;
  const made = decideFor(pool!, at, pending, memory);
  memory = made.memory;
  await api.parts.history.add(made.decision, never);
  api.live.decision(pool!, made.observation, made.decision, memory);
  return made.decision;
}

describe('the stream of decisions', () => {
  it('tells each as it is made, once, with its reasons', async () => {
    await decideNow(0);
    const open = await openEventStream(stream, root);
    expect([open.status, open.headers['content-type']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    const made = await decideNow(9);
    await open.wait(1);
    const [{ id, data } = { id: '', data: null }] = open.events;
    expect(id).toBe(`${made.at * 1000}.from-file`);
    expect(data).toMatchObject({ pool: 'from-file', sequence: made.sequence });
    expect(data?.why).toHaveLength(made.reasons.length);
    await until('a heartbeat', 5, async () => /^: heartbeat$/m.test(open.text()), open.text);
    expect(open.events).toHaveLength(1);
    open.close();
  });

  it('goes on after the last event that a client saw', async () => {
    const seen = await decideNow(0);
    const missed = [await decideNow(8), await decideNow(0)];
    const lastEventId = `${seen.at * 1000}.from-file`;
    for (const open of [
      await openEventStream(stream, root, { 'last-event-id': lastEventId }),
      await openEventStream(`${stream}?pool=from-file&after=${lastEventId}`, root),
    ]) {
      await open.wait(2);
      expect(open.events.map(({ data }) => data.sequence)).toEqual(
        missed.map(({ sequence }) => sequence),
      );
      open.close();
    }
    const fresh = await decideNow(7);
    const open = await openEventStream(stream, root, { 'last-event-id': lastEventId });
    await open.wait(3);
    expect(open.events.at(-1)?.data.sequence).toBe(fresh.sequence);
    open.close();
  });

  it('shows a caller only what it may view', async () => {
    const { bearerToken } = await api.client('other', ['muster:view-pool:w*']);
    const open = await openEventStream(stream, bearerToken);
    const all = await openEventStream(stream, root);
    await decideNow(0);
    await all.wait(1);
    expect(open.events).toEqual([]);
    expect((await openEventStream(`${stream}?pool=from-file`, bearerToken)).status).toBe(403);
    expect((await openEventStream(`${stream}?pool=nowhere`, root)).status).toBe(404);
    open.close();
    all.close();
  });

  it('ends for a client that does not read, and for nobody else', async () => {
    const slow = await openEventStream(stream, root);
    const other = await openEventStream(stream, root);
    slow.pause();
    const { pool } = (await api.parts.directory.get('from-file', never))!;
    const made = decideFor(pool!, at, 5, memory);
    const reasons = Array.from({ length: 30_000 }, () => made.decision.reasons[0]!);
    for (let index = 0; index < 5; index += 1) {
      const sequence = made.decision.sequence + 100 + index;
      const decision = { ...made.decision, at: at + 1 + index, sequence, target: index, reasons };
      api.live.decision(pool!, made.observation, decision, memory!);
      await other.wait(index + 1);
    }
    slow.resume();
    await until(
      'the end of the slow one',
      10,
      async () => slow.isOver(),
      () => '',
    );
    expect(slow.events.length).toBeLessThan(5);
    expect([other.isOver(), other.events.length]).toEqual([false, 5]);
    other.close();
  });

  it('shows in another process what the loop saved', async () => {
    const saved = { memories: {}, last: {}, launched: [] };
    const state = { ...saved, last: Object.fromEntries(await api.live.looks()) };
    const live = new SavedFleet({ load: async () => ({ ...state }) }, systemClock);
    const [id] = [...(await live.looks()).keys()];
    expect(id).toBe('from-file');
    const other = await startApiServer({ live, authenticated: false });
    const open = await openEventStream(`${other.url}/api/v2/decisions/stream`, 'none');
    const look = state.last['from-file']!;
    state.last = {
      'from-file': { ...look, decision: { ...look.decision, sequence: 999, target: 3 } },
    };
    await open.wait(1);
    expect(open.events[0]?.data.sequence).toBe(999);
    open.close();
    await other.close();
  });

  it('had no fault in all of this', () => {
    expect(api.failures).toEqual([]);
  });
});
