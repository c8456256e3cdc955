/** Writes `cloud/models/` anew: `npx tsx test/cloud/write-models.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '../../cloud/protocol/service-model.ts';
import { servedOperations } from '../../cloud/served-operations.ts';
import { projectRoot } from '../harness/project-root.ts';
import { botocoreData, readBotocoreModel, servedPart } from './botocore-models.ts';

const data = botocoreData();
if (data === null) throw new Error('there is no botocore: run `npm test` once');
for (const service of serviceNames) {
  const part = servedPart(readBotocoreModel(data, service), servedOperations[service]);
  const text = `${JSON.stringify(part)}\n`;
  writeFileSync(join(projectRoot, 'cloud/models', `${service}.json`), text);
}
