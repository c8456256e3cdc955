import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { projectRoot } from '../project-root.ts';

/** Where tools are installed: MUSTER_TOOLS, or `.tools` in the project, which git ignores. */
export function toolRoot(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.MUSTER_TOOLS || join(projectRoot, '.tools');
}

/** A folder for just this recipe (versions, flags): another recipe goes into another folder. */
export function toolFolder(name: string, recipe: readonly string[]): string {
  const hash = createHash('sha256').update(recipe.join('\n')).digest('hex').slice(0, 12);
  return join(toolRoot(), `${name}-${hash}`);
}
