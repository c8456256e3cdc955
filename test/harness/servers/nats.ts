import { freePort } from '../free-port.ts';
import { answers, startServer } from '../start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { debianTool, findProgram } from '../tools/debian-tool.ts';

export interface Nats {
  /** `nats://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** `http://127.0.0.1:PORT`, which answers `/jsz` and the rest of the monitoring pages. */
  readonly monitoringUrl: string;
  stop(): Promise<void>;
}

export const natsTool = debianTool({ name: 'nats-server', packages: ['nats-server'] });

/** NATS 2 with JetStream and without streams. */
export async function startNats(): Promise<Nats> {
  await natsTool.install();
  const [port, monitoringPort] = [await freePort(), await freePort()];
  const folder = temporaryFolder('nats');
  const monitoringUrl = `http://127.0.0.1:${monitoringPort}`;
  const server = await startServer({
    name: 'nats-server',
    command: findProgram('nats-server') ?? 'nats-server',
    parameters: [
      ...['--addr', '127.0.0.1', '--port', String(port), '--http_port', String(monitoringPort)],
      ...['--jetstream', '--store_dir', folder.path],
    ],
    ready: () => answers(`${monitoringUrl}/healthz`),
  });
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    monitoringUrl,
    async stop() {
      await server.stop();
      folder.remove();
    },
  };
}
