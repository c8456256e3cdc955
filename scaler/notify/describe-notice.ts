/** A notice in words for a person: what, since when, and what to do. Pure. */
import { logGroupName } from '../../pool/names.ts';
import type { Fleet, Pool } from '../../pool/pool.ts';
import type { Seconds, UnixSeconds } from '../../pool/units.ts';
import type { Notice, NoticeKind } from '../decide/notice.ts';

/** SNS takes no more in a subject, and nothing but printable ASCII. */
const mostSubjectCharacters = 100;
/** Instances named one by one; the rest are counted. */
const mostNamed = 10;

const titles: Readonly<Record<NoticeKind, string>> = {
  'missing-workers': 'workers never came',
  'workers-held': 'workers held',
  'holds-over': 'workers held for too long',
  'boots-fail': 'boots fail',
  'launches-fail': 'launches fail',
  'budget-alert': 'budget nearly spent',
  'budget-spent': 'budget spent',
};

export interface NoticeText {
  /** At most 100 characters of printable ASCII. */
  readonly subject: string;
  readonly body: string;
}

export function describeNotices(
  fleet: Pick<Fleet, 'name'>,
  pool: Pool,
  notices: readonly Notice[],
): NoticeText {
  const what = notices.map(({ kind }) => titles[kind]).join(', ');
  const subject = `[muster] ${fleet.name}/${pool.name}: ${what}`.replace(/[^\x20-\x7e]/g, '?');
  const parts = notices.map((notice) => describeNotice(fleet, pool, notice));
  const pools = `Pool ${pool.name} of fleet ${fleet.name}: \`muster explain ${pool.name}\` tells more.`;
  return {
    subject: subject.slice(0, mostSubjectCharacters),
    body: [...parts, pools].join('\n\n'),
  };
}

export function describeNotice(fleet: Pick<Fleet, 'name'>, pool: Pool, notice: Notice): string {
  switch (notice.kind) {
    case 'missing-workers':
      return missingWorkers(fleet, pool, notice.instanceIds);
    case 'workers-held':
      return (
        `${instances(notice.instanceIds, 'is', 'are')} held with /var/tmp/keeprunning, for up to ` +
        `${durationText(60 * Math.ceil(notice.heldSeconds / 60))}: not ended, counted as busy, and paid for.\n` +
        'What to do: remove the file when nobody looks for a fault there any more; touch it again ' +
        'to hold the worker for as long again.'
      );
    case 'holds-over':
      return (
        `${instances(notice.instanceIds, 'was', 'were')} held with /var/tmp/keeprunning for as long ` +
        'as that holds, and no longer: what does not work ends, and the rest works on as any.\n' +
        'What to do: remove the file, or touch it again while the instance is still there.'
      );
    case 'boots-fail':
      return (
        `${counted(notice.failures, 'boot')} of the pool's image failed, and none between them did ` +
        `not. Nothing more is launched until ${timeText(notice.until)}, then it is tried again.\n` +
        `What to do: ${lookAtBoots(fleet, pool)} If the image or the user data changed lately, put ` +
        'the previous one back.'
      );
    case 'launches-fail':
      return (
        `Capacity that was asked for has not come since ${timeText(notice.since)}: ` +
        `${notice.cause}.\nWhat to do: ${launchAdvice(notice.cause)}`
      );
    case 'budget-alert':
    case 'budget-spent':
      return budgetText(pool, notice);
  }
}

function missingWorkers(
  fleet: Pick<Fleet, 'name'>,
  pool: Pool,
  instanceIds: readonly string[],
): string {
  return (
    `${counted(instanceIds.length, 'instance')} sent no word within ` +
    `${durationText(pool.lifecycle.missingAfter)} of the launch and ` +
    `${instanceIds.length === 1 ? 'was' : 'were'} ended: ${namesOf(instanceIds)}.\nWhat to do: ${lookAtBoots(fleet, pool)}`
  );
}

function instances(ids: readonly string[], one: string, several: string): string {
  return `${counted(ids.length, 'instance')} (${namesOf(ids)}) ${ids.length === 1 ? one : several}`;
}

function namesOf(ids: readonly string[]): string {
  const others = ids.length - mostNamed;
  return ids.slice(0, mostNamed).join(', ') + (others > 0 ? ` and ${others} more` : '');
}

function lookAtBoots({ name }: Pick<Fleet, 'name'>, { id }: Pool): string {
  return (
    'look at what the instances said: `aws ec2 get-console-output --instance-id ID`, for about an ' +
    `hour after they end, and log group ${logGroupName(name, id)}. Check that the image starts the ` +
    'worker and that the worker reaches the heartbeat address.'
  );
}

/** @param cause as the decision words it: kinds of refusals, or that none was given */
function launchAdvice(cause: string): string {
  const advice: string[] = [];
  if (cause.includes('quota')) {
    advice.push('ask AWS for a higher EC2 quota of running vCPUs (Service Quotas).');
  }
  if (cause.includes('price-rejected')) advice.push("raise the pool's max price, or leave it out.");
  if (cause.includes('no-capacity') || cause.includes('interrupted')) {
    advice.push('allow more instance types, zones or regions, or set onDemandAfter.');
  }
  if (advice.length === 0) {
    advice.push("look at the activity of the pool's auto scaling groups in the EC2 console.");
  }
  return advice.join(' Also: ');
}

function budgetText(
  { budget }: Pool,
  { kind, spent, budget: limit }: Extract<Notice, { kind: 'budget-alert' | 'budget-spent' }>,
): string {
  // A fleet's budget that is spent reaches each of its pools as one of nothing.
  if (budget === null || budget.usd !== limit) {
    return (
      "The fleet's budget is spent: nothing is launched above the minimum until its period ends " +
      `(UTC). This pool has spent ${usd(spent)} of it.\nWhat to do: raise the fleet's budget, or ` +
      'wait.'
    );
  }
  const share = `${usd(spent)} of ${usd(limit)} a ${budget.per} (UTC), estimated from prices,`;
  if (kind === 'budget-alert') {
    const then = budget.cap ? 'Once all is spent, nothing is launched above the minimum.' : '';
    return `${share} is spent. ${then}\nWhat to do: raise the budget or lower the maximum.`;
  }
  const now = budget.cap
    ? `Nothing is launched above the minimum until the ${budget.per} ends.`
    : 'Launches go on, as the budget sets no cap.';
  return `${share} is spent. ${now}\nWhat to do: raise the budget, or wait.`;
}

function usd(amount: number): string {
  return `USD ${amount.toFixed(2)}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Such as `2026-01-31 09:05 UTC`. */
function timeText(at: UnixSeconds): string {
  return `${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function durationText(duration: Seconds): string {
  return duration % 60 === 0 ? `${duration / 60} min` : `${duration} s`;
}
