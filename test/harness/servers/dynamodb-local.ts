import { freePort } from '../free-port.ts';
import { startServer } from '../start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { mavenTool } from '../tools/maven-tool.ts';
import { quickJava } from './quick-java.ts';

export interface DynamoDbLocal {
  /** `http://127.0.0.1:PORT`, for a client's `endpoint`. Each key id and region has its own tables. */
  readonly url: string;
  stop(): Promise<void>;
}

export const dynamoDbLocalTool = mavenTool({
  name: 'dynamodb-local',
  coordinates: 'com.amazonaws:DynamoDBLocal:2.6.1',
});

/**
 * Amazon's DynamoDB Local, in memory. It deletes what has outlived its time to live within about 10 s.
 * It listens on every interface: it has no option for an address.
 */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  await dynamoDbLocalTool.install();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { jars } = dynamoDbLocalTool;
  const folder = temporaryFolder('dynamodb');
  const server = await startServer({
    name: 'DynamoDB Local',
    command: 'java',
    parameters: [
      ...quickJava(192),
      ...[`-Djava.library.path=${jars}`, '-cp', `${jars}/*`],
      'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
      ...['-inMemory', '-port', String(port), '-disableTelemetry'],
    ],
    directory: folder.path,
    ready: () => refusesUnsigned(url),
  });
  return {
    url,
    async stop() {
      await server.stop();
      folder.remove();
    },
  };
}

/** A request without a signature is answered with status 400, as AWS does. */
async function refusesUnsigned(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  await response.arrayBuffer();
  return response.status === 400;
}
