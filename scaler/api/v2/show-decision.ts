import type * as z from 'zod';
import type { Decision } from '../../decide/decision.ts';
import type { ModernParts } from './parts.ts';
import type { shownDecisionSchema } from './resources.ts';

/** A decision with its reasons as data and as sentences; what queues said is freed of secrets. */
export function showDecision(
  { describeReason, redact }: Pick<ModernParts, 'describeReason' | 'redact'>,
  decision: Decision,
): z.output<typeof shownDecisionSchema> {
  const reasons = decision.reasons.map((reason) =>
    'error' in reason ? { ...reason, error: redact(reason.error) } : reason,
  );
  return {
    ...(decision as z.output<typeof shownDecisionSchema>),
    reasons,
    why: reasons.map((reason) => describeReason(reason)),
  };
}
