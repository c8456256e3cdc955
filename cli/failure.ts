import { DeclarationError } from '../pool/declaration-error.ts';
import { LineError } from '../scaler/decide-lines.ts';
import { CipherError } from '../scaler/store/cipher.ts';
import { StoreError } from '../scaler/store/store.ts';
import { SimulationError } from '../sim/check-fleet.ts';
import { TraceError } from '../sim/traces/trace-error.ts';
import { StackError } from '../stacks/stack-error.ts';

/**
 * Ends the process the way the error deserves: 2 for input that a person can mend, shown without a
 * stack; 1 for anything else.
 */
export function failWith(error: unknown): never {
  if (
    error instanceof DeclarationError ||
    error instanceof LineError ||
    error instanceof CipherError ||
    (error instanceof StoreError && error.kind !== 'unavailable') ||
    error instanceof SimulationError ||
    error instanceof StackError ||
    error instanceof TraceError
  ) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
  process.stderr.write(`muster: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
