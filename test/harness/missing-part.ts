/**
 * How a suite states what it needs beyond Node. Where every part must be there (CI=true) a missing
 * one fails the suite; elsewhere the suite is skipped, counted as skipped, and one loud line says
 * what to install, or why the machine itself cannot have it.
 *
 *     const missing = await missingParts([motoPart, terraformPart]);
 *     describe.skipIf(missing)('scaling on moto', () => { ... });
 */
export interface Part {
  /** As a person knows it, such as `terraform`. */
  readonly name: string;
  /** What to install, as an instruction. */
  readonly install: string;
  /** True when the part is there and works. */
  readonly present: () => Promise<boolean> | boolean;
  /**
   * Why nothing that one could install brings it to this machine, such as `no loop device`; null:
   * nothing is in its way. Asked first; without it nothing is thought to be in the way.
   */
  readonly impossible?: () => string | null;
}

/** True on a build machine, where nothing may be skipped. */
export function everyPartIsRequired(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment.CI === 'true' || environment.CI === '1';
}

/**
 * True when the suite must be skipped.
 * @throws Error in CI, naming every missing part and how to install it, or why it cannot be.
 */
export async function missingParts(
  parts: readonly Part[],
  environment: NodeJS.ProcessEnv = process.env,
  say: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Promise<boolean> {
  const impossible = parts.flatMap((part) => {
    const reason = part.impossible?.() ?? null;
    return reason === null ? [] : [`${part.name} cannot be on this machine: ${reason}`];
  });
  // Nothing is installed for a suite that cannot run.
  const lacks = impossible.length > 0 ? impossible : await notPresent(parts);
  if (lacks.length === 0) return false;
  const text = lacks.join('; ');
  if (everyPartIsRequired(environment)) throw new Error(`CI=true allows no skipping; ${text}`);
  say(`!!! SKIPPED: ${text} !!!`);
  return true;
}

async function notPresent(parts: readonly Part[]): Promise<string[]> {
  const present = await Promise.all(parts.map((part) => part.present()));
  return parts
    .filter((_, index) => !present[index])
    .map(({ name, install }) => `${name} is missing: ${install}`);
}
