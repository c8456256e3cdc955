import type { RecorderPort } from '../ports.ts';

/**
 * Tells every recorder everything. One that throws does not keep the others from hearing, and the
 * others are told of its failure once, without a further word if they fail too.
 */
export function combinedRecorder(recorders: readonly RecorderPort[]): RecorderPort {
  const report = (failed: RecorderPort, doing: string, error: unknown) => {
    for (const other of recorders) {
      if (other === failed) continue;
      try {
        other.failure({}, doing, error);
      } catch {
        // Nobody is left to tell.
      }
    }
  };
  const tellAll = (doing: string, tell: (recorder: RecorderPort) => void) => {
    for (const recorder of recorders) {
      try {
        tell(recorder);
      } catch (error) {
        report(recorder, doing, error);
      }
    }
  };
  return {
    decision: (...words) => tellAll('recording a decision', (it) => it.decision(...words)),
    failure: (...words) => tellAll('recording a failure', (it) => it.failure(...words)),
    iteration: (...words) => tellAll('recording an iteration', (it) => it.iteration(...words)),
    async flush(signal) {
      await Promise.all(
        recorders.map(async (recorder) => {
          try {
            await recorder.flush(signal);
          } catch (error) {
            report(recorder, 'flushing telemetry', error);
          }
        }),
      );
    },
  };
}
