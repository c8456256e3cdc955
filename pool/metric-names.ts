/**
 * Names of the metrics that the scaler sends to CloudWatch, in the namespace `metricNamespace`. A
 * contract: alarms and dashboards name them.
 */

/** With the dimensions Fleet and Pool. */
export const poolMetrics = [
  'PendingTasks',
  'ClaimedTasks',
  /** Seconds; 0 while nothing waits, absent while it is not known. */
  'OldestPendingAge',
  'RequestedSlots',
  'BootingSlots',
  'IdleSlots',
  'BusySlots',
  'DrainingSlots',
  'StoppingSlots',
  'LostSlots',
  'TargetSlots',
  'DesiredCapacity',
  /** USD. */
  'SpendPerHour',
  /** Boots that failed in the time of the pool's breaker, none in between that did not. */
  'FailedBoots',
  /** Percent of the pool's budget; absent without one. */
  'BudgetSpent',
] as const;

/** With the dimension Fleet alone. */
export const fleetMetrics = [
  'IterationDuration',
  'Failures',
  /** Pools decided on. */
  'Decisions',
  /** Percent of the fleet's budget; absent without one. */
  'BudgetSpent',
] as const;

export type PoolMetric = (typeof poolMetrics)[number];
export type FleetMetric = (typeof fleetMetrics)[number];
