/** IAM policies as data. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** Characters of a managed policy, white space not counted, from the IAM quotas page. */
const managedPolicyLimit = 6144;

export function policyDocument(statements: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

/**
 * Spreads statements over as few managed policies as their order allows. A statement whose resources
 * do not fit one policy goes on in the next, so that a fleet may have any number of queues.
 */
export function policyParts(
  statements: readonly Statement[],
  limit = managedPolicyLimit,
): PolicyDocument[] {
  const parts: Statement[][] = [[]];
  for (const statement of statements) {
    for (const resource of statement.Resource) {
      const part = parts.at(-1) as Statement[];
      const extended = withResource(part, statement, resource);
      if (lengthOf(extended) <= limit) parts[parts.length - 1] = extended;
      else parts.push([{ ...statement, Resource: [resource] }]);
    }
  }
  return parts.map(policyDocument);
}

function withResource(part: readonly Statement[], statement: Statement, resource: string) {
  const last = part.at(-1);
  if (last?.Sid !== statement.Sid) return [...part, { ...statement, Resource: [resource] }];
  return [...part.slice(0, -1), { ...last, Resource: [...last.Resource, resource] }];
}

function lengthOf(statements: readonly Statement[]): number {
  return JSON.stringify(policyDocument(statements)).replace(/\s/g, '').length;
}
