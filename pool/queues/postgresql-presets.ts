/** Queries for the job queues that live in PostgreSQL. */

/** One SQL query, with a value for each of its `$1`, `$2` and so on. */
export interface Statement {
  readonly text: string;
  readonly values: readonly (string | readonly string[])[];
}

/** A name that stands in a query as it is; the schema allows letters, digits, `_` and `$` only. */
export const schemaName = /^[A-Za-z_][\w$]{0,62}$/;

/**
 * Jobs of one queue of pg-boss 10: what its `fetchNextJob` would take, and what is active. A job's
 * age counts from when it may start.
 */
export function pgBossStatement(schema: string, queue: string): Statement {
  return {
    text: [
      "select count(*) filter (where state < 'active' and start_after < now()) as pending,",
      "  count(*) filter (where state = 'active') as claimed,",
      '  extract(epoch from now() - min(greatest(created_on, start_after))',
      "    filter (where state < 'active' and start_after < now())) as oldest_pending_age",
      `from "${schema}".job where name = $1 and state <= 'active'`,
    ].join('\n'),
    values: [queue],
  };
}

/**
 * Jobs of Graphile Worker, by its public view. Of a named queue one job runs at a time, so it counts
 * once, and not at all while one runs. A lock ends after four hours (its documentation, "Recovery").
 */
export function graphileWorkerStatement(schema: string, tasks: readonly string[]): Statement {
  return {
    text: [
      'with jobs as (',
      "  select queue_name, run_at, locked_at > now() - interval '4 hours' as is_locked,",
      '    run_at <= now() and attempts < max_attempts as is_due',
      `  from "${schema}".jobs`,
      '  where cardinality($1::text[]) = 0 or task_identifier = any($1::text[])',
      '), ready as (',
      '  select queue_name, run_at from jobs where is_due and is_locked is not true',
      '    and (queue_name is null or queue_name not in (',
      '      select queue_name from jobs where is_locked and queue_name is not null))',
      ')',
      'select',
      '  (select count(*) filter (where queue_name is null) + count(distinct queue_name)',
      '    from ready) as pending,',
      '  (select count(*) from jobs where is_locked) as claimed,',
      '  (select extract(epoch from now() - min(run_at)) from ready) as oldest_pending_age',
    ].join('\n'),
    values: [tasks],
  };
}
