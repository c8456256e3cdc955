import { noBootTime, noLifetime, noTaskDuration } from './estimate.ts';
import { spotDelivers } from './fallback.ts';
import type { Memory } from './memory.ts';

/** The memory of a pool that was never decided on. */
export const emptyMemory: Memory = {
  version: 1,
  sequence: 0,
  decidedAt: null,
  taskDuration: noTaskDuration,
  bootTime: noBootTime,
  lifetime: noLifetime,
  quietSince: null,
  pendingSince: null,
  outstandingSince: null,
  claimed: null,
  waiting: [],
  heard: false,
  workers: {},
  refusals: {},
  interruptions: {},
  spotDelivery: spotDelivers,
  failedBoots: [],
  spend: null,
  learnedUtility: {},
  incidents: {},
};
