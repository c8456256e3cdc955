/**
 * How the tests get a real server or program. To add one:
 *
 * 1. Write `servers/NAME.ts` with a `Tool` made by `debianTool`, `mavenTool`, `goTool` or `pythonTool`
 *    (a pinned version each) and `startName()`, which calls `startServer` on free loopback ports.
 * 2. Add the tool to `install-all.ts`, so that `npm test` installs it beside lint and types.
 * 3. In a suite: `describe.skipIf(await missingParts([toolPart(nameTool)]))`, then `startName()` once a
 *    file, and `stop()` after all.
 *
 * A tool that is not there yet is installed on first use, so that a single suite runs on its own too.
 */
import type { Part } from '../missing-part.ts';

export interface Tool {
  /** As a person knows it, such as `redis-server`. */
  readonly name: string;
  /** What a person does who has to install it by hand. */
  readonly byHand: string;
  /** Installs it unless it is there. Rejects with what failed and the end of its output. */
  readonly install: () => Promise<void>;
  /** As of a part. */
  readonly impossible?: NonNullable<Part['impossible']>;
}

/** Installs the tool when it is asked whether it is there; says on stderr why it cannot. */
export function toolPart(tool: Tool): Part {
  return {
    name: tool.name,
    install: tool.byHand,
    impossible: tool.impossible ?? (() => null),
    present: () =>
      tool.install().then(
        () => true,
        (error: unknown) => {
          process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
          return false;
        },
      ),
  };
}
