/**
 * What the scaler writes on an auto scaling group at run time. Everything else on a group is
 * Terraform's. The stacks turn this list into `ignore_changes`; the scaler writes these and no other.
 */
export const scalerOwnedFields = ['desiredCapacity', 'overrides', 'spotMaxPrice'] as const;

export type ScalerOwnedField = (typeof scalerOwnedFields)[number];
