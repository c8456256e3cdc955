import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where `terraform init` gets providers. */
export type ProviderSource =
  /** A folder laid out as HOST/NAMESPACE/TYPE/VERSION/PLATFORM. */
  | { readonly kind: 'mirror'; readonly path: string }
  /** What the person's own Terraform CLI configuration says. */
  | { readonly kind: 'configuration'; readonly file: string }
  /** The public registry, which needs a network. */
  | { readonly kind: 'direct' };

const providerFolder = join('registry.terraform.io', 'hashicorp', 'aws');
/** Folders that tend to hold a mirror, or to hold folders that are one. */
const usualRoots = ['/opt', '/usr/share/terraform', '/usr/local/share/terraform'];
/** Terraform itself searches these without being told, but only if no configuration names another. */
const implied = ['.terraform.d/plugins', '.local/share/terraform/plugins'];

/**
 * In order: MUSTER_TF_MIRROR; what the Terraform CLI configuration (TF_CLI_CONFIG_FILE, ~/.terraformrc)
 * names; a mirror in one of the usual places, known by its layout; the registry.
 */
export function findProviderSource(
  environment: NodeJS.ProcessEnv = process.env,
  roots: readonly string[] = usualRoots,
): ProviderSource {
  const named = environment.MUSTER_TF_MIRROR;
  if (named) {
    if (holdsProvider(named)) return { kind: 'mirror', path: named };
    throw new Error(
      `MUSTER_TF_MIRROR=${named} holds no ${providerFolder}/VERSION/${platform()}; ` +
        'name the folder above the registry host, or unset it',
    );
  }
  const home = environment.HOME || homedir();
  const configuration = environment.TF_CLI_CONFIG_FILE || join(home, '.terraformrc');
  if (namesInstallation(configuration)) return { kind: 'configuration', file: configuration };
  const candidates = [
    ...implied.map((folder) => join(home, folder)),
    ...roots.flatMap(withChildren),
  ];
  const path = candidates.find(holdsProvider);
  return path === undefined ? { kind: 'direct' } : { kind: 'mirror', path };
}

/** Text of a Terraform CLI configuration that makes `init` use this source. */
export function terraformConfiguration(source: ProviderSource): string {
  if (source.kind === 'configuration') return readFileSync(source.file, 'utf8');
  if (source.kind === 'direct') return '';
  const path = JSON.stringify(source.path);
  return `provider_installation {\n  filesystem_mirror {\n    path = ${path}\n  }\n}\n`;
}

function namesInstallation(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').includes('provider_installation');
}

function withChildren(folder: string): string[] {
  return [folder, ...subfolders(folder).map((name) => join(folder, name))];
}

function holdsProvider(root: string): boolean {
  const folder = join(root, providerFolder);
  return subfolders(folder).some((version) => existsSync(join(folder, version, platform())));
}

function subfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isFile())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return []; // Not ours to read, so not ours to use.
  }
}

/** As Terraform writes it, such as `linux_amd64`. */
function platform(): string {
  const architectures: Record<string, string> = { x64: 'amd64', ia32: '386' };
  return `${process.platform}_${architectures[process.arch] ?? process.arch}`;
}
