import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answers, startServer } from '../start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { mavenTool } from '../tools/maven-tool.ts';
import { quickJava } from './quick-java.ts';

export interface ElasticMq {
  /** `http://127.0.0.1:PORT`, for an SQS client's `endpoint`. Any credentials will do. */
  readonly url: string;
  readonly accountId: string;
  readonly region: string;
  stop(): Promise<void>;
}

export const elasticMqTool = mavenTool({
  name: 'elasticmq',
  coordinates: 'org.elasticmq:elasticmq-server_2.13:1.7.1',
});

/** SQS without queues, in memory. It takes KmsMasterKeyId and ignores it. */
export async function startElasticMq({ region = 'eu-west-1' } = {}): Promise<ElasticMq> {
  await elasticMqTool.install();
  const port = await freePort();
  const accountId = '111122223333';
  const folder = temporaryFolder('elasticmq');
  const file = join(folder.path, 'elasticmq.conf');
  writeFileSync(
    file,
    [
      'include classpath("application.conf")',
      `node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }`,
      `rest-sqs { enabled = true, bind-hostname = "127.0.0.1", bind-port = ${port} }`,
      'rest-stats { enabled = false }',
      `aws { region = "${region}", accountId = "${accountId}" }`,
    ].join('\n'),
  );
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: 'ElasticMQ',
    command: 'java',
    parameters: [
      ...quickJava(96),
      ...[`-Dconfig.file=${file}`, '-cp', join(elasticMqTool.jars, '*')],
      'org.elasticmq.server.Main',
    ],
    directory: folder.path,
    ready: () => answers(`${url}/?Action=ListQueues`),
  });
  return {
    url,
    accountId,
    region,
    async stop() {
      await server.stop();
      folder.remove();
    },
  };
}
