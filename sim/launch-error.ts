import type { MarketName } from '../pool/names.ts';
import type { LaunchFailure } from '../scaler/decide/observation.ts';

/** EC2's error code and words for a launch that it cannot make. */
export interface LaunchError {
  readonly code: string;
  readonly message: string;
}

/**
 * What EC2 answers for one offering. Codes: "Error codes for the Amazon EC2 API". Words: that page,
 * "Troubleshoot Amazon EC2 Auto Scaling: EC2 instance launch failures", and what users quote in
 * public threads (kubernetes/autoscaler, buildkite/elastic-ci-stack-for-aws).
 */
export function launchErrorOf({
  cause,
  market,
  instanceType,
  zone,
}: Pick<LaunchFailure, 'cause' | 'market' | 'instanceType' | 'zone'>): LaunchError {
  switch (cause) {
    case 'no-capacity':
      return {
        code: 'InsufficientInstanceCapacity',
        message: noCapacity(market, instanceType, zone),
      };
    case 'price-rejected':
      return {
        code: 'SpotMaxPriceTooLow',
        message:
          'Your Spot request price is lower than the minimum required Spot request fulfillment price.',
      };
    case 'quota':
      return market === 'spot'
        ? { code: 'MaxSpotInstanceCountExceeded', message: 'Max spot instance count exceeded' }
        : {
            code: 'VcpuLimitExceeded',
            message:
              'You have requested more vCPU capacity than your current vCPU limit allows for the ' +
              'instance bucket that the specified instance type belongs to.',
          };
  }
}

function noCapacity(market: MarketName, instanceType: string | null, zone: string | null): string {
  if (market === 'spot') return 'There is no Spot capacity available that matches your request.';
  return (
    `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you ` +
    `requested (${zone}). Our system will be working on provisioning additional capacity.`
  );
}

/** How a group with a mixed instances policy words the failure in its scaling activity. */
export function statusMessageOf(market: MarketName, { code, message }: LaunchError): string {
  const what = market === 'spot' ? 'Spot Instances' : 'On-Demand Instances';
  return `Could not launch ${what}. ${code} - ${message} Launching EC2 instance failed.`;
}
