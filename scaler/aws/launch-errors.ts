/** Why EC2 did not make a launch, by the code or the text that it gave, classified once. */
import type { LaunchFailure } from '../decide/observation.ts';

type Cause = LaunchFailure['cause'];

/**
 * Sources: "Error codes for the Amazon EC2 API" in its API reference, for the meaning of each, and
 * for which of them stand in the way of an offering, Karpenter (pkg/errors/errors.go) and
 * ParallelCluster (slurm_plugin/slurm_resources.py).
 */
const causeByCode: ReadonlyMap<string, Cause> = new Map<string, Cause>([
  ['InsufficientInstanceCapacity', 'no-capacity'],
  ['InsufficientHostCapacity', 'no-capacity'],
  ['InsufficientCapacity', 'no-capacity'],
  ['UnfulfillableCapacity', 'no-capacity'],
  // The type is not offered in that zone, or the zone's subnet is full: another one may do.
  ['Unsupported', 'no-capacity'],
  ['InsufficientFreeAddressesInSubnet', 'no-capacity'],
  ['SpotMaxPriceTooLow', 'price-rejected'],
  ['MaxSpotInstanceCountExceeded', 'quota'],
  ['VcpuLimitExceeded', 'quota'],
  ['InstanceLimitExceeded', 'quota'],
  ['VolumeLimitExceeded', 'quota'],
  ['MaxIOPSLimitExceeded', 'quota'],
]);

/**
 * Groups without a mixed instances policy, and some codes that cover much, such as
 * InvalidFleetConfiguration, are told apart by their text alone. Source: "Troubleshoot Amazon EC2
 * Auto Scaling: EC2 instance launch failures" in the Auto Scaling user guide.
 */
const causeByText: readonly (readonly [RegExp, Cause])[] = [
  [/not have sufficient .{1,60} capacity/i, 'no-capacity'],
  [/no spot capacity available/i, 'no-capacity'],
  [/not supported in your requested availability zone/i, 'no-capacity'],
  [/requested availability zone .{0,40}is (no longer|not) supported/i, 'no-capacity'],
  [/lower than the minimum required spot request/i, 'price-rejected'],
  [/max spot instance count exceeded/i, 'quota'],
  [/more vcpu capacity than your current vcpu limit/i, 'quota'],
  [/instance\(s\) are already running/i, 'quota'],
];

/**
 * Why a launch failed.
 * @param text an error's code, its message, or both, as AWS gives them
 * @returns null: for none of the reasons that pass by themselves or call for another offering, such as
 * an image that is gone; a person has to look
 */
export function launchFailureCause(text: string): Cause | null {
  for (const [word] of text.matchAll(/\b[A-Z][A-Za-z]+\b/g)) {
    const cause = causeByCode.get(word);
    if (cause !== undefined) return cause;
  }
  return causeByText.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

/** The instance type that a message names; null: none, or more than one. */
export function instanceTypeIn(message: string): string | null {
  const size = '(?:nano|micro|small|medium|large|\\d*xlarge|metal(?:-\\w+)?)';
  const named = message.match(new RegExp(`\\b[a-z][a-z0-9-]*\\.${size}\\b`, 'g')) ?? [];
  return onlyOne(named);
}

/**
 * The zone that a message says was asked for; null: none. Messages go on with zones where there may
 * be capacity, which are not meant.
 */
export function zoneIn(message: string): string | null {
  const said = /requested(?: Availability Zone)? \(([a-z]{2}(?:-[a-z0-9]+)+)\)/i.exec(message);
  return said?.[1] ?? null;
}

function onlyOne(values: readonly string[]): string | null {
  const [first, ...others] = new Set(values);
  return first !== undefined && others.length === 0 ? first : null;
}
