import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../pool/load.ts';
import { projectFiles } from '../architecture/project-files.ts';

/** Whole declarations: those of a fleet. Other blocks are parts, shown with what they are about. */
const declarations = projectFiles()
  .filter(({ path }) => path.endsWith('.md'))
  .flatMap(({ path, text }) =>
    [...text.matchAll(/^```yaml\n(fleet:[\s\S]*?)^```/gm)].map(([, block = '']) => ({
      path,
      block,
    })),
  );

describe('whole declarations in documents', () => {
  it.each(declarations)('are valid in $path', ({ path, block }) => {
    expect(parseFleet(block, path).pools.length).toBeGreaterThan(0);
  });

  it('are there', () => {
    expect(declarations.map(({ path }) => path)).toContain('docs/images.md');
  });
});
