import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { runProcess } from '../run-process.ts';
import { installLimitSeconds, installOnce, runInstaller } from './install-once.ts';
import type { Tool } from './tool.ts';
import { toolFolder, toolRoot } from './tool-folder.ts';

export interface GoTool extends Tool {
  /** Absolute path of the program. */
  readonly program: string;
}

export interface GoToolOptions {
  readonly name: string;
  /** Such as `github.com/nats-io/nats-server/v2`. */
  readonly module: string;
  /** Such as `v2.15.2`. */
  readonly version: string;
  /** The main package below the module. Default: the module itself. */
  readonly package?: string;
  /**
   * `wrapper` builds it as the dependency of an empty module; a module whose go.mod has `replace` lines
   * needs `copy`, which builds in a copy of its source. Neither asks the proxy for a list of versions,
   * as `go install` does, which a proxy may refuse. Default: wrapper.
   */
  readonly way?: 'wrapper' | 'copy';
  /** Further parameters of `go build`, such as `-tags=sqlite`. */
  readonly flags?: readonly string[];
  /** Whether it has C parts, which take a C compiler. Default false. */
  readonly cgo?: boolean;
  /** Folders of the source that the program reads, put beside it; of `copy` only. */
  readonly keep?: readonly string[];
  /** Of its build. Default: that of every installation. */
  readonly limitSeconds?: number;
}

/** A program built from the Go module proxy. Go checks every module against the checksum database. */
export function goTool(options: GoToolOptions): GoTool {
  const { name, module, version, way = 'wrapper', flags = [], cgo = false, keep = [] } = options;
  const { limitSeconds = installLimitSeconds } = options;
  const recipe = [module, version, options.package ?? '', way, ...flags, ...keep];
  const folder = toolFolder(name, cgo ? [...recipe, 'cgo'] : recipe);
  const program = join(folder, name);
  const importPath = options.package === undefined ? module : `${module}/${options.package}`;
  const build = ['build', '-trimpath', ...flags, '-o', program];
  return {
    name,
    program,
    byHand: `install Go 1.25 or later${cgo ? ' and a C compiler' : ''}; \`npm test\` builds it from the Go module proxy`,
    install: () => {
      const fill = async () => {
        const work = join(folder, 'work');
        mkdirSync(work);
        const environment = goEnvironment(cgo);
        if (way === 'wrapper') {
          const text = `module wrapper\n\ngo 1.25\n\nrequire ${module} ${version}\n`;
          writeFileSync(join(work, 'go.mod'), text);
          await runInstaller('go', [...build, importPath], {
            ...{ directory: work, environment, limitSeconds },
          });
        } else {
          const source = await copySource(`${module}@${version}`, work, environment);
          const target = options.package === undefined ? '.' : `./${options.package}`;
          await runInstaller('go', [...build, target], {
            ...{ directory: source, environment, limitSeconds },
          });
          for (const part of keep) {
            cpSync(join(source, part), join(folder, part), { recursive: true });
          }
        }
        rmSync(work, { recursive: true, force: true });
      };
      return withCaches(() => installOnce(folder, fill, undefined, limitSeconds));
    },
  };
}

/**
 * Go compiles on all cores: builds of one process run one after another, so that what one has compiled
 * the next need not.
 */
const oneAtATime = pLimit(1);
let caches: string | null = null;

/** Go's caches of large builds take gigabytes: they go when none waits to be built. */
function withCaches(build: () => Promise<void>): Promise<void> {
  return oneAtATime(async () => {
    try {
      await build();
    } finally {
      if (oneAtATime.pendingCount === 0) removeCaches();
    }
  });
}

/** By a process of its own, which may outlive this one: it took two minutes on a busy disk. */
function removeCaches(): void {
  if (caches === null) return;
  spawn('rm', ['-rf', caches], { detached: true, stdio: 'ignore' }).unref();
  caches = null;
}

function cacheFolder(): string {
  if (caches === null) {
    caches = mkdtempSync(join(toolRoot(), 'go-caches-'));
    process.once('exit', removeCaches);
  }
  return caches;
}

function goEnvironment(cgo: boolean): NodeJS.ProcessEnv {
  return {
    GOFLAGS: '-mod=mod -modcacherw -buildvcs=false',
    GOMODCACHE: join(cacheFolder(), 'modules'),
    GOCACHE: join(cacheFolder(), 'cache'),
    GOWORK: 'off',
    CGO_ENABLED: cgo ? '1' : '0',
  };
}

/** The copy's path: a module in Go's own cache may not be built in. */
async function copySource(
  module: string,
  work: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess(
    'go',
    ['mod', 'download', '-json', module],
    {
      directory: work,
      environment: { ...process.env, ...environment },
      limitSeconds: installLimitSeconds,
    },
  );
  if (exitCode !== 0) throw new Error(`go mod download ${module}: ${stdout}\n${stderr}`);
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  const copy = join(work, 'source');
  cpSync(Dir, copy, { recursive: true });
  readFileSync(join(copy, 'go.mod')); // A module without one has nothing to build.
  return copy;
}
