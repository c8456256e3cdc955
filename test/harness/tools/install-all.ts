/**
 * Installs all that the tests need beyond npm packages, side by side. What cannot be installed is said,
 * and is no failure here: the suites know what they lack.
 */
import { oldClientTools } from '../../end-to-end/old-clients/old-client.ts';
import { ansibleTool, machineTool } from '../../packer/machine-tools.ts';
import { amazonLinuxTree } from '../../packer/machine-trees.ts';
import { packerTool, telegrafTool } from '../../packer/packer-tools.ts';
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
  natsTool,
];
const otherTools: readonly Tool[] = [
  elasticMqTool,
  dynamoDbLocalTool,
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
/** Minutes of compiling, for the tests of images alone. */
const imageTools: readonly Tool[] = [packerTool, telegrafTool, machineTool, amazonLinuxTree];
const { MUSTER_IMAGES, MUSTER_LONG } = process.env;
const wanted = [
  ...otherTools,
  ...(MUSTER_IMAGES === '1' || MUSTER_LONG === '1' ? imageTools : []),
].filter((tool) => (tool.impossible?.() ?? null) === null);

// Each running installer has a listener, and they run side by side.
process.setMaxListeners(debianTools.length + wanted.length + 10);
const results = await Promise.allSettled([
  installPythonPackages(),
  installDebianTools(debianTools),
  ...wanted.map((tool) => tool.install()),
]);
for (const result of results) {
  if (result.status === 'rejected') process.stderr.write(`!!! ${String(result.reason)} !!!\n`);
}
