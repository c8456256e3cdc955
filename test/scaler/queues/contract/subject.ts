/** What the contract suite asks of each source's test world. */
import type { SourceDeclaration } from '../../../../pool/queues/declaration.ts';

/** What can go wrong with a source, by the names that the table in `docs/queues.md` has. */
export const faults = [
  'unreachable',
  '401',
  '429, Retry-After',
  '5xx',
  'HTML',
  'negative count',
  'absurd count',
  'renamed field',
  'redirect to another host',
  'slow answer',
  'huge answer',
] as const;
export type FaultName = (typeof faults)[number];

export interface Counts {
  readonly pending: number;
  readonly claimed: number;
}

export interface SubjectWorld {
  readonly declaration: SourceDeclaration;
  /** The scaler's variables; a secret among them may be changed. */
  readonly environment: Record<string, string>;
  /** Requests that came so far; null: it does not count them. */
  requests(): number | null;
  /** Requests that came to the host of a redirect. */
  requestsElsewhere(): number;
  /** From now on all is well, and these are the counts. */
  serve(counts: Counts): Promise<void>;
  /** From now on everything meets this fault. */
  meet(fault: FaultName): Promise<void>;
  stop(): Promise<void>;
}

export interface ContractSubject {
  /** The source's key in `muster.yaml`. */
  readonly kind: SourceDeclaration['kind'];
  /** What answered it, for the table: a real server's name, or `HTTP`. */
  readonly against: string;
  /** Whether it tells how many tasks run. */
  readonly tellsClaimed: boolean;
  /** Variable that holds its secret; null: it sends none. */
  readonly secret: string | null;
  /** What cannot happen to it, with why. */
  readonly without: Partial<Record<FaultName, string>>;
  open(): Promise<SubjectWorld>;
}
