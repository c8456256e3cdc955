import type { ReasonKind } from '../../scaler/decide/reason.ts';

/** What it means that decisions carried a reason of this kind. */
const meanings: Readonly<Record<ReasonKind, string>> = {
  demand: 'How many slots meet the wait target was worked out from the queue.',
  absorbed: 'Waiting tasks were left to slots that come free, or finish booting, in time.',
  late: 'Some tasks start late whatever is done: a boot alone takes longer than they have left.',
  rule: 'Another rule than the wait target said how many slots there should be.',
  buffer: 'Free slots were kept ready, as the pool declares.',
  overdue:
    'Boots lasted longer than any before; what they were to give was asked for only once more.',
  spare: 'Free slots were kept ready because too many tasks had started late.',
  'scheduled-minimum': 'The schedule set a minimum at that time.',
  minimum: 'The number of slots was raised to the minimum.',
  maximum: "The number of slots was cut to the pool's maximum.",
  'group-minimum': "The Auto Scaling group's own minimum was higher.",
  'group-maximum': "The Auto Scaling group's own maximum left no room.",
  'launch-limit': 'Launches were cut to what the limit per minute leaves this pool.',
  paused: 'The pool was paused: nothing was launched, drained or ended.',
  'boots-fail': 'Boots failed in a row, so nothing was launched for a while.',
  'budget-spent': 'The budget was spent, so nothing was launched above the minimum.',
  'queue-unknown': 'The queue could not be read, so nothing was scaled in.',
  'region-unreachable': 'A region did not answer; the others went on.',
  'no-group': 'A region has no group of this pool: its Terraform is not applied there.',
  'instance-refresh': "Someone was replacing a group's instances, so changes there waited.",
  'terminate-suspended':
    'A group would have refused to end an instance, so none was drained there.',
  'scale-out': 'Slots were added.',
  steady: 'There was nothing to do.',
  'unfulfilled-dropped': 'Slots that had been asked for, and were not there yet, were given up.',
  'surplus-kept':
    'Workers that were not needed stayed: busy, booting, or not idle for long enough.',
  drain: 'A worker was asked to take no more tasks.',
  terminate: 'A worker was ended: free, and no longer needed, or never heard of.',
  'drain-cancelled': 'A worker that was to drain was wanted again.',
  interrupted: 'EC2 took a spot instance back.',
  'on-demand-stands-in': 'On-demand stood in for spot that did not deliver.',
  'on-demand-share': 'A part of the slots was on-demand, as the pool declares.',
  'no-offering': 'No type in any zone of a market could be used.',
  'offering-chosen': 'A type was chosen to be launched, for its cost per unit of work.',
  'offering-rejected':
    'Types were left out: no capacity, no price, above the cap, or interrupted lately.',
  'price-degraded': 'There were no live prices, so the best known ones were used.',
};

/** A sentence; empty for a kind that this version does not give. */
export function meaningOf(kind: string): string {
  return Object.hasOwn(meanings, kind) ? meanings[kind as ReasonKind] : '';
}
