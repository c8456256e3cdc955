/**
 * Installs all that the tests need beyond npm packages, side by side. What cannot be installed is said,
 * and is no failure here: the suites know what they lack.
 */
import { oldClientTools } from '../../end-to-end/old-clients/old-client.ts';
import { ansibleTool } from '../../packer/machine-tools.ts';
import { browserTool } from '../browser.ts';
import { alertmanagerTool } from '../servers/alertmanager.ts';
import { awsCliTool } from '../servers/aws-cli.ts';
import { buildbotTool } from '../servers/buildbot.ts';
import { dynamoDbLocalTool } from '../servers/dynamodb-local.ts';
import { elasticMqTool } from '../servers/elasticmq.ts';
import { natsTool } from '../servers/nats.ts';
import { postgreSqlTool } from '../servers/postgresql.ts';
import { prometheusTool } from '../servers/prometheus.ts';
import {
  bullMqTool,
  graphileWorkerTool,
  pgBossTool,
  pythonQueuesTool,
} from '../servers/queue-clients.ts';
import { rabbitMqTool } from '../servers/rabbitmq.ts';
import { redisTool } from '../servers/redis.ts';
import { schemathesisTool } from '../servers/schemathesis.ts';
import { installDebianTools } from './debian-tool.ts';
import { installPythonPackages } from './python-packages.ts';
import type { Tool } from './tool.ts';

const debianTools = [
  browserTool,
  redisTool,
  postgreSqlTool,
  rabbitMqTool,
  prometheusTool,
  alertmanagerTool,
];
const otherTools: readonly Tool[] = [
  elasticMqTool,
  dynamoDbLocalTool,
  natsTool,
  awsCliTool,
  buildbotTool,
  bullMqTool,
  pgBossTool,
  graphileWorkerTool,
  pythonQueuesTool,
  schemathesisTool,
  ansibleTool,
  ...oldClientTools,
];

// Each running installer has a listener, and they run side by side.
process.setMaxListeners(debianTools.length + otherTools.length + 10);
const results = await Promise.allSettled([
  installPythonPackages(),
  installDebianTools(debianTools),
  ...otherTools.map((tool) => tool.install()),
]);
for (const result of results) {
  if (result.status === 'rejected') process.stderr.write(`!!! ${String(result.reason)} !!!\n`);
}
