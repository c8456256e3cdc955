import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonTool } from '../tools/python-tool.ts';

/** Sends an API what its description allows and what it does not, and checks the answers against it. */
export const schemathesisTool = pythonTool({
  name: 'schemathesis',
  requirements: join(dirname(fileURLToPath(import.meta.url)), 'schemathesis-requirements.txt'),
});
