import { z } from 'zod';
import type { SimulatedWorker } from '../sim/worker.ts';
import type { Workers, Workload } from './workers.ts';

/** Past it a word is lost: the next one says the same. */
const answerMilliseconds = 5_000;
/** Words on their way at once. */
const wordsAtOnce = 16;
/** A heartbeat may tell of no more (muster's scaler refuses it). */
const mostFinished = 1_000;
/** A worker that is told to drain says so at once, and is answered once more. */
const mostRounds = 3;

const answerSchema = z.object({ drain: z.boolean() });

interface Word {
  readonly workload: Workload;
  readonly worker: SimulatedWorker;
  readonly finished: readonly { readonly durationSeconds: number }[];
}

/** Carries simulated workers' words to their scaler, over HTTP, and its answers back. */
export class WorkerVoices {
  private readonly workers: Workers;
  private readonly now: () => number;
  private readonly answered: (instanceId: string, drain: boolean) => void;
  /** The last word of each worker that was heard. */
  private readonly heard = new WeakMap<SimulatedWorker, object>();
  private readonly drains = new WeakMap<SimulatedWorker, boolean>();
  /** Durations of finished tasks that no heartbeat has told yet, by workload and instance type. */
  private readonly untold = new WeakMap<Workload, Map<string, number[]>>();
  private speaking: Promise<void> | null = null;

  /** `answered` is called where an answer differs from the one before; at first a worker takes tasks. */
  constructor(
    workers: Workers,
    now: () => number,
    answered: (instanceId: string, drain: boolean) => void,
  ) {
    this.workers = workers;
    this.now = now;
    this.answered = answered;
  }

  /** Says all that is to be said now. Never rejects: a word that is not heard is said again. */
  speak(): Promise<void> {
    this.speaking ??= this.speakAll().finally(() => {
      this.speaking = null;
    });
    return this.speaking;
  }

  private async speakAll(): Promise<void> {
    for (let round = 0; round < mostRounds; round++) {
      const words = this.workers.workloads.flatMap((workload) => this.wordsOf(workload));
      if (words.length === 0) return;
      const answers: (boolean | null)[] = [];
      for (let from = 0; from < words.length; from += wordsAtOnce) {
        const some = words.slice(from, from + wordsAtOnce);
        answers.push(...(await Promise.all(some.map((word) => this.say(word)))));
      }
      // In the workers' order, whichever answer came first: the same calls give the same cloud.
      for (const [index, drain] of answers.entries()) this.heed(words[index]!.worker, drain);
    }
  }

  private wordsOf(workload: Workload): readonly Word[] {
    if (workload.order.heartbeats === undefined) return [];
    const now = this.now();
    const untold = this.untold.get(workload) ?? new Map<string, number[]>();
    this.untold.set(workload, untold);
    for (const { instanceType, duration } of workload.work.takeReported()) {
      const durations = untold.get(instanceType) ?? [];
      durations.push(duration);
      untold.set(instanceType, durations);
    }
    const words: Word[] = [];
    for (const worker of workload.workers.values()) {
      worker.listen(now);
      if (this.heard.get(worker) === worker.word) continue;
      const durations = untold.get(worker.traits.instanceType)?.splice(0, mostFinished) ?? [];
      const finished = durations.map((durationSeconds) => ({ durationSeconds }));
      words.push({ workload, worker, finished });
    }
    return words;
  }

  /** null: there was no answer. */
  private async say({ workload, worker, finished }: Word): Promise<boolean | null> {
    const { url, pool, token } = workload.order.heartbeats!;
    const { word, traits } = worker;
    const { instanceId, instanceType } = traits;
    const { capacity, busySlots, taking } = word;
    try {
      const response = await fetch(new URL('/v1/heartbeats', url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({
          ...{ instanceId, instanceType, capacity, busySlots, taking, finished, pool },
        }),
        signal: AbortSignal.timeout(answerMilliseconds),
      });
      const answer = answerSchema.parse(await response.json());
      this.heard.set(worker, word);
      return answer.drain;
    } catch {
      const untold = this.untold.get(workload)!;
      const durations = finished.map(({ durationSeconds }) => durationSeconds);
      untold.set(instanceType, [...durations, ...(untold.get(instanceType) ?? [])]);
      return null;
    }
  }

  private heed(worker: SimulatedWorker, drain: boolean | null): void {
    if (drain === null || drain === (this.drains.get(worker) ?? false)) return;
    this.drains.set(worker, drain);
    this.answered(worker.traits.instanceId, drain);
  }
}
