import { noBootTimes } from './boot-times.ts';
import { allowedLateShare } from './constants.ts';
import { noBootTime, noLifetime, noTaskDuration } from './estimate.ts';
import { spotDelivers } from './fallback.ts';
import { noIdleSpells } from './idle-time.ts';
import type { Memory } from './memory.ts';
import { noCompletions } from './slot-time.ts';

/** The memory of a pool that was never decided on. */
export const emptyMemory: Memory = {
  version: 1,
  sequence: 0,
  decidedAt: null,
  taskDuration: noTaskDuration,
  bootTime: noBootTime,
  lifetime: noLifetime,
  bootTimes: noBootTimes,
  completions: noCompletions,
  lateShare: allowedLateShare,
  idleSpells: noIdleSpells,
  bootedLaunchedAt: null,
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
