import type { Reason } from './decide/reason.ts';

/** A reason in a sentence for a person. */
export function describeReason(reason: Reason): string {
  switch (reason.kind) {
    case 'demand':
      return (
        `demand: ${count(reason.pending, 'task')} waiting, ${reason.claimed ?? 'unknown'} running; ` +
        `${reason.slots} slots meet the wait target (a task takes ${seconds(reason.taskDuration)}, ` +
        `a boot ${seconds(reason.bootTime)})`
      );
    case 'absorbed':
      return `${count(reason.tasks, 'waiting task')} left to slots that come free in time`;
    case 'late':
      return (
        `${count(reason.tasks, 'task')} will start later than ${seconds(reason.wait)}: ` +
        `a boot alone takes ${seconds(reason.bootTime)}`
      );
    case 'overdue':
      return (
        `${count(reason.slots, 'slot')} not asked for again: boots last longer than any before, ` +
        'and were replaced once'
      );
    case 'minimum':
      return `raised from ${reason.from} to the pool's minimum of ${reason.to} slots`;
    case 'maximum':
      return `cut from ${reason.from} to the pool's maximum of ${reason.to} slots`;
    case 'group-minimum':
      return `${reason.group}: raised from ${reason.from} to the group's minimum of ${reason.to}`;
    case 'group-maximum':
      return `${reason.group}: ${reason.from} slots asked for, room for ${reason.to}`;
    case 'queue-unknown':
      return `the queue could not be read, so nothing is scaled in: ${reason.error}`;
    case 'region-unreachable':
      return `${reason.region} did not answer; the other regions go on`;
    case 'no-group':
      return `${reason.region} has no group of this pool: apply its Terraform`;
    case 'instance-refresh':
      return `${reason.group}: an instance refresh is under way, overrides and scale-in wait`;
    case 'scale-out':
      return `${count(reason.slots, 'slot')} added`;
    case 'terminate-suspended':
      return `${reason.group}: its Terminate process is suspended, so no worker is drained`;
    case 'buffer':
      return `${count(reason.slots, 'free slot')} kept ready, as the pool declares`;
    case 'spare':
      return (
        `${count(reason.slots, 'free slot')} kept ready: ${percent(reason.lateShare)} of tasks ` +
        'have started late'
      );
    case 'scheduled-minimum':
      return `the schedule sets a minimum of ${count(reason.min, 'slot')} now`;
    case 'rule':
      return `the rule "${reason.rule}" asks for ${count(reason.slots, 'slot')}`;
    case 'paused':
      return 'paused: nothing is launched, drained or ended';
    case 'boots-fail':
      return (
        `${count(reason.failures, 'boot')} failed in a row: nothing is launched until ` +
        `${time(reason.until)}`
      );
    case 'budget-spent':
      return `the budget of ${reason.budget} USD is spent (${reason.spent.toFixed(2)} USD)`;
    case 'launch-limit':
      return `cut from ${reason.from} to ${count(reason.to, 'slot')}: launches per minute are shared`;
    case 'on-demand-stands-in':
      return (
        `on-demand stands in for spot until ${time(reason.until)} ` +
        `(${standsInBecause[reason.because]}), ${count(reason.moved, 'slot')} moved over`
      );
    case 'on-demand-share':
      return `${count(reason.slots, 'slot')} on-demand, as the pool declares`;
    case 'interrupted':
      return `${reason.instanceId} (${reason.instanceType}, spot) is interrupted by EC2`;
    case 'steady':
      return 'nothing to do';
    case 'unfulfilled-dropped':
      return `${reason.group}: ${count(reason.slots, 'slot')} not yet fulfilled given up`;
    case 'surplus-kept':
      return `${count(reason.slots, 'surplus slot')} kept: ${keptBecause[reason.because]}`;
    case 'drain':
      return `${reason.instanceId} asked to drain: ${goesBecause[reason.because]}`;
    case 'terminate':
      return `${reason.instanceId} ended: ${goesBecause[reason.because]}`;
    case 'drain-cancelled':
      return `${reason.instanceId} was to drain and is wanted again`;
    case 'offering-rejected':
      return `${count(reason.offerings, 'offering')} not used: ${rejectedBecause[reason.because]}`;
    case 'offering-chosen':
      return (
        `${reason.instanceType} ${reason.market} in ${reason.region} at ` +
        `${reason.price.toFixed(4)} USD/h, ${reason.pricePerUtility.toFixed(4)} per utility, ` +
        `${reason.cost.toFixed(4)} per unit of finished work`
      );
    case 'no-offering':
      return `no ${reason.market} offering can be used: see which were rejected, and why`;
    case 'price-degraded':
      return `no live prices: ${reason.source} prices are used`;
  }
}

const keptBecause = {
  busy: 'they run tasks',
  booting: 'they are booting',
  'idle-time': 'not idle for long enough',
  'no-word': 'their workers have not said that they are free',
  'instance-refresh': 'an instance refresh is under way',
  'terminate-suspended': "their group's Terminate process is suspended",
  'too-large': 'their workers are larger than what is too much',
  'group-minimum': "AWS keeps their group's own minimum up",
} as const;

const goesBecause = {
  surplus: 'not needed',
  drained: 'drained, nothing runs on it',
  missing: 'never heard of since launch',
  silent: 'not heard of for too long',
  'over-age': 'older than the maximum lifetime',
  outdated: 'of an older image or launch template, and free',
  'not-working': 'free for long although tasks wait',
  interruption: 'EC2 has given notice to end it',
  rebalance: 'EC2 advises to replace it',
  ordered: 'someone asked for the end of all workers',
  'not-yet-booted': 'not needed, and the rest of its boot costs more than a new one',
} as const;

const standsInBecause = {
  deadline: 'spot did not deliver in the time declared',
  'no-spot-offering': 'no spot offering can be used',
  earlier: 'since an earlier decision',
} as const;

const rejectedBecause = {
  'no-price': 'no price known',
  'above-max-price': 'above the max price',
  'market-not-allowed': 'market not allowed for this pool',
  'no-capacity': 'no capacity lately',
  'price-rejected': 'AWS refused our price lately',
  interrupted: 'interrupted lately, or at risk of it',
  quota: 'an account quota is reached',
} as const;

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function seconds(duration: number): string {
  return `${Math.round(duration)} s`;
}

function time(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 19);
}
