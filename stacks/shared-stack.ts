import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { homeRegion } from '../pool/home-region.ts';
import { scalerPolicyName } from '../pool/names.ts';
import type { Fleet, Pool } from '../pool/pool.ts';
import { existingRoleReference, lookUpProfile } from './existing-profile.ts';
import { FleetStack } from './fleet-stack.ts';
import { policyParts } from './policy-document.ts';
import { scalerStatements } from './scaler-policy.ts';
import { fleetTags } from './tags.ts';
import { addWorkerRole } from './worker-role.ts';

/**
 * What a fleet has once in an account: the role and instance profile of each pool's workers, and the
 * policy for whatever role the scaler runs as.
 *
 * Outputs: `worker_role_arns`, by pool id; `scaler_policy_arns`, all of which the scaler's role needs.
 */
export class SharedStack extends FleetStack {
  constructor(scope: Construct, fleet: Fleet) {
    const region = homeRegion(fleet);
    super(scope, `${fleet.name}-shared`, {
      fleet,
      region: region.name,
      credentials: fleet.credentials,
    });
    // Its id is what `accountIdReference` names.
    new DataAwsCallerIdentity(this, 'account');
    new TerraformOutput(this, 'worker_role_arns', {
      description: "Role of each pool's workers, by pool id",
      value: Object.fromEntries(fleet.pools.map((pool) => [pool.id, this.workerRole(fleet, pool)])),
    });
    new TerraformOutput(this, 'scaler_policy_arns', {
      description: 'Policies that the role of the scaler needs, all of them',
      value: this.addScalerPolicies(fleet),
    });
  }

  /** ARN of the role of a pool's workers. */
  private workerRole(fleet: Fleet, pool: Pool): string {
    if (pool.instanceProfile === null) return addWorkerRole(this, fleet, pool);
    lookUpProfile(this, pool.instanceProfile);
    return existingRoleReference(pool.instanceProfile);
  }

  private addScalerPolicies(fleet: Fleet): string[] {
    return policyParts(scalerStatements(fleet)).map((document, index) => {
      const part = index + 1;
      return new IamPolicy(this, part === 1 ? 'scaler' : `scaler-${part}`, {
        name: scalerPolicyName(fleet.name, part),
        description: `What the scaler of fleet ${fleet.name} may do`,
        policy: JSON.stringify(document),
        tags: fleetTags(fleet),
      }).arn;
    });
  }
}
