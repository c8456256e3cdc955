/** Packer and its Amazon plugin, real, built from the Go module proxy. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { goTool } from '../harness/tools/go-tool.ts';
import { installOnce, runInstaller } from '../harness/tools/install-once.ts';
import type { Tool } from '../harness/tools/tool.ts';
import { toolFolder } from '../harness/tools/tool-folder.ts';

/** Of each build, which takes minutes of all cores. */
const limitSeconds = 1_500;

const packer = goTool({
  name: 'packer',
  module: 'github.com/hashicorp/packer',
  version: 'v1.11.2',
  way: 'copy',
  flags: ['-ldflags=-s -w'],
  limitSeconds,
});

const pluginVersion = 'v1.3.2';

const plugin = goTool({
  name: 'packer-plugin-amazon',
  module: 'github.com/hashicorp/packer-plugin-amazon',
  version: pluginVersion,
  way: 'copy',
  flags: ['-ldflags=-s -w'],
  limitSeconds,
});

const pluginFolder = toolFolder('packer-plugins', [pluginVersion, packer.program]);

/** Took 2 and 3 minutes on two busy cores; afterwards nothing. */
export const packerTool: Tool = {
  name: 'packer with its Amazon plugin',
  byHand: packer.byHand,
  install: async () => {
    await Promise.all([packer.install(), plugin.install()]);
    await installOnce(pluginFolder, async (folder) => {
      const source = 'github.com/hashicorp/amazon';
      const parameters = ['plugins', 'install', '--path', plugin.program, source];
      await runInstaller(packer.program, parameters, { environment: packerEnvironment(folder) });
    });
  },
};

/** Puts Packer on the PATH and shows it its plugin; nothing of the person's own is read. */
export function packerEnvironment(plugins = pluginFolder): NodeJS.ProcessEnv {
  const configuration = join(plugins, 'configuration');
  if (!existsSync(configuration)) mkdirSync(configuration, { recursive: true });
  return {
    PATH: `${join(packer.program, '..')}:${process.env.PATH}`,
    PACKER_PLUGIN_PATH: plugins,
    PACKER_CONFIG_DIR: configuration,
    CHECKPOINT_DISABLE: '1',
  };
}

/** Telegraf with the inputs of our configuration and no other, which builds in a minute. */
export const telegrafTool = goTool({
  name: 'telegraf',
  module: 'github.com/influxdata/telegraf',
  version: 'v1.37.3',
  package: 'cmd/telegraf',
  way: 'copy',
  flags: [
    '-ldflags=-s -w',
    `-tags=custom,${[
      ...['cpu', 'mem', 'swap', 'disk', 'diskio', 'net', 'system', 'processes'].map(
        (input) => `inputs.${input}`,
      ),
      'outputs.prometheus_client',
    ].join(',')}`,
  ],
  limitSeconds,
});
