import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answers, startServer } from '../start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { debianTool, findProgram } from '../tools/debian-tool.ts';

export interface Alertmanager {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Alertmanager 0.25 of Debian 12, with amtool. */
export const alertmanagerTool = debianTool({
  name: 'prometheus-alertmanager',
  packages: ['prometheus-alertmanager'],
});

/** @param configuration text of alertmanager.yml */
export async function startAlertmanager(configuration: string): Promise<Alertmanager> {
  await alertmanagerTool.install();
  const port = await freePort();
  const folder = temporaryFolder('alertmanager');
  const file = join(folder.path, 'alertmanager.yml');
  writeFileSync(file, configuration);
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: 'alertmanager',
    command: findProgram('prometheus-alertmanager') ?? 'prometheus-alertmanager',
    parameters: [
      ...[`--config.file=${file}`, `--storage.path=${join(folder.path, 'data')}`],
      ...[`--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='],
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
