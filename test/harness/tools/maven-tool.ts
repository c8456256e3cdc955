import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce, runInstaller } from './install-once.ts';
import type { Tool } from './tool.ts';
import { toolFolder } from './tool-folder.ts';

export interface MavenTool extends Tool {
  /** Holds every jar, and native libraries. */
  readonly jars: string;
}

export interface MavenToolOptions {
  readonly name: string;
  /** GROUP:ARTIFACT:VERSION in Maven Central. */
  readonly coordinates: string;
}

/** A Java program and all it depends on. Maven checks every file against its checksum. */
export function mavenTool({ name, coordinates }: MavenToolOptions): MavenTool {
  const jars = toolFolder(name, [coordinates]);
  return {
    name,
    jars,
    byHand: 'install Java 17 or later and Maven; `npm test` gets the rest from Maven Central',
    // One at a time: processes that fill one local Maven repository at once can spoil it.
    install: () => installOnce(jars, (folder) => copyJars(coordinates, folder), 'maven'),
  };
}

async function copyJars(coordinates: string, folder: string): Promise<void> {
  const [group, artifact, version] = coordinates.split(':');
  writeFileSync(
    join(folder, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>muster.test</groupId>
  <artifactId>jars</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>${group}</groupId>
      <artifactId>${artifact}</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
</project>
`,
  );
  const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
  const options = ['--batch-mode', '--quiet', '--strict-checksums'];
  await runInstaller('mvn', [...options, copy, `-DoutputDirectory=${folder}`], {
    directory: folder,
  });
}
