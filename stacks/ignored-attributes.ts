import { type ScalerOwnedField, scalerOwnedFields } from '../pool/owned-fields.ts';

/** Where Terraform keeps each field that the scaler owns, as a path of `aws_autoscaling_group`. */
const attributePaths: Readonly<Record<ScalerOwnedField, string>> = {
  desiredCapacity: 'desired_capacity',
  overrides: 'mixed_instances_policy[0].launch_template[0].override',
  spotMaxPrice: 'mixed_instances_policy[0].instances_distribution[0].spot_max_price',
};

/** For `ignore_changes`: a plan shows no difference in what the scaler has set. */
export function ignoredAttributes(): string[] {
  return scalerOwnedFields.map((field) => attributePaths[field]);
}
