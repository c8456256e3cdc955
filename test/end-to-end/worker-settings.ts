import { DescribeLaunchTemplateVersionsCommand, type EC2Client } from '@aws-sdk/client-ec2';

/**
 * The settings that a worker of a launch template finds at its first boot: the environment file in
 * the template's user data.
 */
export async function workerSettings(
  ec2: EC2Client,
  launchTemplateName: string,
): Promise<Readonly<Record<string, string>>> {
  const { LaunchTemplateVersions: versions = [] } = await ec2.send(
    new DescribeLaunchTemplateVersionsCommand({
      LaunchTemplateName: launchTemplateName,
      Versions: ['$Default'],
    }),
  );
  const userData = versions[0]?.LaunchTemplateData?.UserData ?? '';
  return settingsIn(Buffer.from(userData, 'base64').toString());
}

/** @throws Error when the script writes no environment file. */
export function settingsIn(script: string): Readonly<Record<string, string>> {
  const file = /worker\.env <<'(\w+)'\n([\s\S]*?)\n\1\n/.exec(script)?.[2];
  if (file === undefined) throw new Error(`no environment file in the user data:\n${script}`);
  // As systemd reads it: double quotes, in which \ keeps a quote or a \ as it is.
  const lines = [...file.matchAll(/^(\w+)="((?:[^"\\]|\\.)*)"$/gm)];
  return Object.fromEntries(
    lines.map(([, name, value]) => [name, (value ?? '').replace(/\\(.)/g, '$1')]),
  );
}
