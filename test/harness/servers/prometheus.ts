import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answers, startServer } from '../start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { debianTool, findProgram } from '../tools/debian-tool.ts';

export interface Prometheus {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Prometheus 2.42 of Debian 12, with promtool. */
export const prometheusTool = debianTool({ name: 'prometheus', packages: ['prometheus'] });

/**
 * Prometheus with an empty store. Its first scrape is about 5 s after it is ready.
 * @param configuration text of prometheus.yml; rule files in it are named by absolute paths
 */
export async function startPrometheus(configuration: string): Promise<Prometheus> {
  await prometheusTool.install();
  const port = await freePort();
  const folder = temporaryFolder('prometheus');
  const file = join(folder.path, 'prometheus.yml');
  writeFileSync(file, configuration);
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: 'prometheus',
    command: findProgram('prometheus') ?? 'prometheus',
    parameters: [
      ...[`--config.file=${file}`, `--storage.tsdb.path=${join(folder.path, 'data')}`],
      ...[`--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'],
    ],
    directory: folder.path,
    ready: () => answers(`${url}/-/ready`),
  });
  return {
    url,
    async stop() {
      await server.stop();
      folder.remove();
    },
  };
}
