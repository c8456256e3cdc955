/** What carries the fleet's tag and is of no kind that a cleanup removes. */
import type { Place } from './fleet-resource.ts';
import { taggedArns } from './tagged-arns.ts';

/** Parts of ARNs of what is listed by its own service, or goes with what is. */
const listedElsewhere =
  /^arn:[^:]+:(ec2|autoscaling|iam|events|cloudwatch|sns|sqs|ssm|logs|s3|codebuild|dynamodb|kms|budgets):/;

/** ARNs, sorted. @throws what the SDK throws */
export async function otherOwned(
  place: Pick<Place, 'configuration' | 'fleet'>,
  abortSignal: AbortSignal,
): Promise<string[]> {
  const arns = await taggedArns(place, abortSignal);
  return arns.filter((arn) => !listedElsewhere.test(arn));
}
