import { z } from 'zod';
import type { UnixSeconds } from '../pool/units.ts';
import type { Clock } from './ports.ts';
import { systemClock } from './system-clock.ts';

/** What `GET /_muster/clock` of a local AWS tells; a `speed` of null: its time goes on when it is stepped. */
const clockSchema = z.object({ now: z.number(), speed: z.number().positive().nullable() });
const stepSchema = z.object({ now: z.number() });

/** A sleep is so many steps: simulated workers hear and speak between them, as real ones do every 10 s. */
const longestStepSeconds = 30;

/**
 * The time of a local AWS (`muster cloud`), for testing. Where that runs at a multiple of real time, so does
 * this clock. Where it is stepped, whoever sleeps on this clock steps it, and time stands still while
 * nobody does; so no more than one may sleep at a time.
 *
 * @throws Error when the URL is not one of a local AWS, here or in a sleep.
 */
export async function cloudClock(url: URL): Promise<Clock> {
  const { now, speed } = await ask(new URL('/_muster/clock', url), clockSchema, {});
  return speed === null ? steppedClock(url, now) : fasterClock(now, speed);
}

function fasterClock(start: UnixSeconds, speed: number): Clock {
  const startedAt = systemClock.now();
  return {
    now: () => start + (systemClock.now() - startedAt) * speed,
    sleep: (duration, signal) => systemClock.sleep(duration / speed, signal),
  };
}

function steppedClock(url: URL, start: UnixSeconds): Clock {
  let time = start;
  const step = async (seconds: number, signal: AbortSignal) => {
    const body = JSON.stringify({ seconds });
    const stepUrl = new URL('/_muster/step', url);
    time = (await ask(stepUrl, stepSchema, { method: 'POST', body, signal })).now;
  };
  return {
    now: () => time,
    async sleep(duration, signal) {
      const until = time + duration;
      try {
        while (time < until) await step(Math.min(longestStepSeconds, until - time), signal);
        // Simulated workers speak before a step: so what they say at the end of the sleep is heard.
        await step(0, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

async function ask<Schema extends z.ZodType>(
  url: URL,
  schema: Schema,
  request: RequestInit,
): Promise<z.output<Schema>> {
  let problem: string;
  try {
    const response = await fetch(url, request);
    const parsed = schema.safeParse(await response.json());
    if (parsed.success) return parsed.data;
    problem = `status ${response.status}`;
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  throw new Error(`${url}: expected the clock of a local AWS (muster cloud), got ${problem}`);
}
