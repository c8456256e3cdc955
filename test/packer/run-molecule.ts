/** Runs a molecule scenario of the roles, on a machine in namespaces of its own. */
import { join } from 'node:path';
import { projectRoot } from '../harness/project-root.ts';
import { runProcess } from '../harness/run-process.ts';
import { ansibleTool } from './machine-tools.ts';
import { telegrafTool } from './packer-tools.ts';

export interface MoleculeRun {
  readonly scenario: string;
  /** What the scenario installs, where it has more than one. */
  readonly kind?: string;
  /** The machine's files, in a tar. */
  readonly tree: string;
  /** Folder for the machine and for molecule's state; the machine is gone afterwards. */
  readonly folder: string;
  readonly limitSeconds: number;
}

/** The folder that the machine of a run is in, as long as it is there. */
export const machineOf = ({ folder, scenario, kind = '' }: MoleculeRun) =>
  join(folder, `${scenario}${kind}`);

/** Takes root. */
export const runMolecule = (run: MoleculeRun) =>
  runProcess(ansibleTool.program('molecule'), ['test', '--scenario-name', run.scenario], {
    directory: join(projectRoot, 'packer', 'ansible'),
    limitSeconds: run.limitSeconds,
    environment: {
      ...process.env,
      PATH: `${join(ansibleTool.python, '..')}:${process.env.PATH}`,
      ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
      NO_COLOR: '1',
      MOLECULE_EPHEMERAL_DIRECTORY: `${machineOf(run)}-state`,
      MUSTER_MACHINE: machineOf(run),
      MUSTER_MACHINE_TREE: run.tree,
      MUSTER_TELEGRAF: telegrafTool.program,
      MUSTER_TEST_KIND: run.kind ?? '',
    },
  });
