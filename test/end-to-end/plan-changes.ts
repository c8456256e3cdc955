import { isDeepStrictEqual } from 'node:util';

/** The part of `terraform show -json PLAN` that is read here (Terraform's JSON output format). */
interface Plan {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly change: {
      readonly actions: readonly string[];
      readonly before: Readonly<Record<string, unknown>> | null;
      readonly after: Readonly<Record<string, unknown>> | null;
      readonly after_unknown: Readonly<Record<string, unknown>>;
    };
  }[];
}

/**
 * What a plan would change: `ADDRESS.ATTRIBUTE` for an update, `ADDRESS (ACTION)` for all else,
 * sorted. Data that is only read does not count.
 */
export function plannedChanges(planJson: string): readonly string[] {
  const { resource_changes: resources = [] } = JSON.parse(planJson) as Plan;
  return resources
    .flatMap(({ address, change: { actions, before, after, after_unknown: unknown } }) => {
      const action = actions.join(' then ');
      if (action === 'no-op' || action === 'read') return [];
      if (action !== 'update') return [`${address} (${action})`];
      const names = new Set([...Object.keys(before ?? {}), ...Object.keys(unknown)]);
      return [...names]
        .filter(
          (name) => unknown[name] === true || !isDeepStrictEqual(before?.[name], after?.[name]),
        )
        .map((name) => `${address}.${name}`);
    })
    .sort();
}
