import { existsSync } from 'node:fs';
import type { Part } from '../../harness/missing-part.ts';
import { projectRoot } from '../../harness/project-root.ts';

const directory = `${projectRoot}/../shared/data`;

/** Real traces and prices, which are no part of the project. */
export const realDataPart: Part = {
  name: '../shared/data',
  install: 'put real tasks and prices beside the project, as docs/your-own-trace.md describes them',
  present: () => existsSync(directory),
};

/** The path of a file of them, such as `jobs/nasa-ipsc-1993.csv.gz`. */
export function realData(name: string): string {
  return `${directory}/${name}`;
}
