import { describe, expect, it } from 'vitest';
import { readServiceModel, serviceNames } from '../../cloud/protocol/service-model.ts';
import { servedOperations } from '../../cloud/served-operations.ts';
import { missingParts, type Part } from '../harness/missing-part.ts';
import { botocoreData, readBotocoreModel, servedPart } from './botocore-models.ts';

const botocorePart: Part = {
  name: 'botocore',
  install: 'run `npm test`, which makes .venv from test/requirements.txt',
  present: () => botocoreData() !== null,
};

const missing = await missingParts([botocorePart]);

describe.skipIf(missing)("models are botocore's", () => {
  it.each(serviceNames)('%s; else run `npx tsx test/cloud/write-models.ts`', (service) => {
    const model = readBotocoreModel(botocoreData()!, service);
    expect(readServiceModel(service)).toEqual(servedPart(model, servedOperations[service]));
  });
});
