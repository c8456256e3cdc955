import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeInstancesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { projectRoot } from '../harness/project-root.ts';
import { untilInputEnds } from '../harness/until-input-ends.ts';

export interface WorkerProcesses {
  /** Ids of all instances that a worker process was ever started for. */
  readonly started: ReadonlySet<string>;
  /** What all of them printed, for a failure's message. */
  output(): string;
  /** Ends all of them, and the following of instances. */
  stop(): Promise<void>;
}

const followEveryMilliseconds = 500;

/**
 * Stands in for EC2 itself: runs the example worker as one process per running instance, starts one
 * when an instance starts and kills it when the instance ends, without a warning.
 */
export function runWorkers(options: {
  readonly ec2: EC2Client;
  readonly python: string;
  /** For every worker; MUSTER_INSTANCE_ID and MUSTER_INSTANCE_TYPE come on top. */
  readonly environment: NodeJS.ProcessEnv;
}): WorkerProcesses {
  const processes = new Map<string, ChildProcess>();
  const started = new Set<string>();
  let output = '';
  let stopped = false;

  const start = (instanceId: string, instanceType: string) => {
    const program = join(projectRoot, 'examples/worker/worker.py');
    const child = spawn(options.python, ['-c', untilInputEnds(program)], {
      detached: true,
      env: {
        ...options.environment,
        MUSTER_INSTANCE_ID: instanceId,
        MUSTER_INSTANCE_TYPE: instanceType,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text.replace(/^(?=.)/gm, `${instanceId} `);
      });
    }
    processes.set(instanceId, child);
    started.add(instanceId);
  };
  const killAll = () => {
    for (const child of processes.values()) killGroup(child);
  };
  const follow = async () => {
    while (!stopped) {
      const running = await runningInstances(options.ec2);
      for (const [id, child] of processes) {
        if (running.has(id)) continue;
        killGroup(child);
        processes.delete(id);
      }
      for (const [id, type] of running) {
        if (!started.has(id) && !stopped) start(id, type);
      }
      await sleep(followEveryMilliseconds);
    }
  };
  const following = follow().catch((error: unknown) => {
    output += `following instances failed: ${String(error)}\n`;
  });
  return {
    started,
    output: () => output,
    async stop() {
      stopped = true;
      await following;
      killAll();
    },
  };
}

/** Types by instance id. */
async function runningInstances(ec2: EC2Client): Promise<ReadonlyMap<string, string>> {
  const Filters = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }];
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
  return new Map(
    Reservations.flatMap(({ Instances = [] }) =>
      Instances.map(({ InstanceId, InstanceType }): [string, string] => [
        InstanceId ?? '',
        InstanceType ?? '',
      ]),
    ),
  );
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
