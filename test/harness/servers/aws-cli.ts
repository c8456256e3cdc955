import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonTool } from '../tools/python-tool.ts';

/** The `aws` command. Version 1: PyPI has no other, and what the scripts call of it is in both. */
export const awsCliTool = pythonTool({
  name: 'aws-cli',
  requirements: join(dirname(fileURLToPath(import.meta.url)), 'aws-cli-requirements.txt'),
});
