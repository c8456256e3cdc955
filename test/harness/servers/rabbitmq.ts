import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answers, environmentWithoutAws, startServer } from '../start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { debianTool, findProgram } from '../tools/debian-tool.ts';

export interface RabbitMq {
  /** `amqp://guest:guest@127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** `http://127.0.0.1:PORT`, the management API; user and password are `guest`. */
  readonly managementUrl: string;
  stop(): Promise<void>;
}

/** RabbitMQ 3.10 of Debian 12. */
export const rabbitMqTool = debianTool({ name: 'rabbitmq-server', packages: ['rabbitmq-server'] });

/** The script of the package that stays the user that it is; the one on the PATH does not. */
const script = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/**
 * RabbitMQ with its management API, empty. That API's counts are some seconds old. Erlang's port for
 * other nodes listens on loopback too.
 */
export async function startRabbitMq(): Promise<RabbitMq> {
  await rabbitMqTool.install();
  const [port, managementPort] = [await freePort(), await freePort()];
  const [distributionPort, nodesPort] = [await freePort(), await freePort()];
  const folder = temporaryFolder('rabbitmq');
  const path = (name: string) => join(folder.path, name);
  for (const name of ['data', 'log', 'home']) mkdirSync(path(name));
  writeFileSync(path('plugins'), '[rabbitmq_management].\n');
  writeFileSync(
    path('rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      'management.tcp.ip = 127.0.0.1',
      `management.tcp.port = ${managementPort}`,
      'collect_statistics_interval = 1000',
      'disk_free_limit.absolute = 10MB',
    ].join('\n'),
  );
  const environment = {
    ...environmentWithoutAws(),
    HOME: path('home'), // Erlang keeps its cookie there.
    RABBITMQ_NODENAME: `muster-${port}@localhost`,
    RABBITMQ_MNESIA_BASE: path('data'),
    RABBITMQ_LOG_BASE: path('log'),
    RABBITMQ_CONFIG_FILE: path('rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: path('none'),
    RABBITMQ_ENABLED_PLUGINS_FILE: path('plugins'),
    RABBITMQ_PID_FILE: path('pid'),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(nodesPort),
  };
  // RabbitMQ would start this one as a daemon, which nothing then ends.
  const nodes = await startServer({
    name: 'epmd',
    command: findProgram('epmd') ?? 'epmd',
    parameters: ['-address', '127.0.0.1', '-port', String(nodesPort)],
    environment,
    ready: async () => true,
  });
  const managementUrl = `http://127.0.0.1:${managementPort}`;
  try {
    const server = await startServer({
      name: 'RabbitMQ',
      command: script,
      parameters: [],
      directory: folder.path,
      environment,
      ready: () => answers(`${managementUrl}/api/index.html`),
      stopLimitSeconds: 0.2, // It takes seconds to close what nobody will read.
    });
    return {
      url: `amqp://guest:guest@127.0.0.1:${port}`,
      port,
      managementUrl,
      async stop() {
        await server.stop();
        await nodes.stop();
        folder.remove();
      },
    };
  } catch (error) {
    await nodes.stop();
    throw error;
  }
}
