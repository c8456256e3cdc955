/** Roles, instance profiles and policies, which an account has once for all regions. */
import {
  DeleteInstanceProfileCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  ListEntitiesForPolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListInstanceProfiles,
  paginateListPolicies,
  paginateListPolicyTags,
  paginateListPolicyVersions,
  paginateListRolePolicies,
  paginateListRoles,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { groupNamePrefix } from '../pool/names.ts';
import { collect } from '../scaler/aws/aws-call.ts';
import { type FoundResource, found, type Place, type ResourceKind } from './fleet-resource.ts';

/** Lists tell no tags, and asking for each of an account's roles would take long: names choose. */
function isNamedSo({ fleet }: Place, name = ''): boolean {
  return name.startsWith(groupNamePrefix(fleet));
}

export const instanceProfile: ResourceKind = {
  name: 'instance profile',
  async list(place, abortSignal) {
    const client = place.iam;
    const pages = paginateListInstanceProfiles({ client }, {}, { abortSignal });
    const profiles = await collect(pages, ({ InstanceProfiles }) => InstanceProfiles);
    const all: FoundResource[] = [];
    for (const { InstanceProfileName: id } of profiles) {
      if (!isNamedSo(place, id)) continue;
      const { InstanceProfile } = await client.send(
        new GetInstanceProfileCommand({ InstanceProfileName: id }),
        { abortSignal },
      );
      all.push(...found(place, { id, tags: InstanceProfile?.Tags, isNamedSo: true }));
    }
    return all;
  },
  async remove({ iam }, InstanceProfileName, abortSignal) {
    const { InstanceProfile } = await iam.send(
      new GetInstanceProfileCommand({ InstanceProfileName }),
      { abortSignal },
    );
    for (const { RoleName } of InstanceProfile?.Roles ?? []) {
      await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }), {
        abortSignal,
      });
    }
    await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }), { abortSignal });
  },
};

export const role: ResourceKind = {
  name: 'role',
  async list(place, abortSignal) {
    const client = place.iam;
    const roles = await collect(
      paginateListRoles({ client }, {}, { abortSignal }),
      (page) => page.Roles,
    );
    const all: FoundResource[] = [];
    for (const { RoleName: id } of roles) {
      if (!isNamedSo(place, id)) continue;
      const { Role } = await client.send(new GetRoleCommand({ RoleName: id }), { abortSignal });
      all.push(...found(place, { id, tags: Role?.Tags, isNamedSo: true }));
    }
    return all;
  },
  async remove({ iam: client }, RoleName, abortSignal) {
    const inline = await collect(
      paginateListRolePolicies({ client }, { RoleName }, { abortSignal }),
      (page) => page.PolicyNames,
    );
    for (const PolicyName of inline) {
      await client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }), { abortSignal });
    }
    const attached = await collect(
      paginateListAttachedRolePolicies({ client }, { RoleName }, { abortSignal }),
      (page) => page.AttachedPolicies,
    );
    for (const { PolicyArn } of attached) {
      await client.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }), { abortSignal });
    }
    await client.send(new DeleteRoleCommand({ RoleName }), { abortSignal });
  },
};

export const policy: ResourceKind = {
  name: 'policy',
  async list(place, abortSignal) {
    const client = place.iam;
    const pages = paginateListPolicies({ client }, { Scope: 'Local' }, { abortSignal });
    const policies = await collect(pages, ({ Policies }) => Policies);
    const all: FoundResource[] = [];
    for (const { Arn: id, PolicyName: name } of policies) {
      if (!isNamedSo(place, name) || id === undefined) continue;
      const tags = await collect(
        paginateListPolicyTags({ client }, { PolicyArn: id }, { abortSignal }),
        (page) => page.Tags,
      );
      const inUse = await foreignUser(place, id, abortSignal);
      all.push(...found(place, { id, name, tags, isNamedSo: true, inUse }));
    }
    return all;
  },
  async remove({ iam: client }, PolicyArn, abortSignal) {
    const versions = await collect(
      paginateListPolicyVersions({ client }, { PolicyArn }, { abortSignal }),
      (page) => page.Versions,
    );
    for (const { VersionId, IsDefaultVersion } of versions) {
      if (IsDefaultVersion) continue;
      await client.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }), { abortSignal });
    }
    await client.send(new DeletePolicyCommand({ PolicyArn }), { abortSignal });
  },
};

/** Whoever else was given the policy would lose it, and may have it for a reason. */
async function foreignUser(
  place: Place,
  PolicyArn: string,
  abortSignal: AbortSignal,
): Promise<string | null> {
  const users = await place.iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }), {
    abortSignal,
  });
  const names = [
    ...(users.PolicyRoles ?? []).map(({ RoleName }) => RoleName),
    ...(users.PolicyUsers ?? []).map(({ UserName }) => UserName),
    ...(users.PolicyGroups ?? []).map(({ GroupName }) => GroupName),
  ].filter((name) => !isNamedSo(place, name));
  return names.length === 0 ? null : `attached to ${names.join(', ')}; detach it there first`;
}
