import { EC2Client, paginateDescribeSpotPriceHistory, type SpotPrice } from '@aws-sdk/client-ec2';
import type { Credentials } from '../../pool/pool.ts';
import type { UnixSeconds } from '../../pool/units.ts';
import { awsCall, collect } from './aws-call.ts';
import { clientConfiguration } from './client-configuration.ts';

export interface HistoryQuestion {
  readonly instanceTypes: readonly string[];
  /** AWS gives the changes from then on, and for each type and zone the one in force then. */
  readonly since: UnixSeconds;
  /** Default: up to now. */
  readonly until?: UnixSeconds;
  /** Hears after each page how many changes have come. */
  readonly onPage?: (changes: number) => void;
}

/** The history of spot prices of one product in one region, as EC2 has it: for 90 days. */
export class SpotPriceHistory {
  readonly #region: string;
  readonly #product: string;
  readonly #client: EC2Client;

  /** @param options.product as EC2 describes it, such as `Linux/UNIX` */
  constructor(options: { region: string; product: string; credentials: Credentials }) {
    this.#region = options.region;
    this.#product = options.product;
    this.#client = new EC2Client(clientConfiguration(options.credentials, options.region));
  }

  /**
   * All changes that are asked for, in no order.
   * @throws CloudError
   */
  read(question: HistoryQuestion, signal: AbortSignal): Promise<readonly SpotPrice[]> {
    const { instanceTypes, since, until, onPage } = question;
    let changes = 0;
    return awsCall(`reading spot prices of ${this.#region}`, signal, (abortSignal) =>
      collect(
        paginateDescribeSpotPriceHistory(
          { client: this.#client, pageSize: 1000 },
          {
            StartTime: new Date(since * 1000),
            ...(until === undefined ? {} : { EndTime: new Date(until * 1000) }),
            ProductDescriptions: [this.#product],
            // AWS takes any text for a type; the SDK's list of them is only a snapshot.
            InstanceTypes: [...instanceTypes] as NonNullable<SpotPrice['InstanceType']>[],
          },
          { abortSignal },
        ),
        (page) => {
          changes += page.SpotPriceHistory?.length ?? 0;
          onPage?.(changes);
          return page.SpotPriceHistory;
        },
      ),
    );
  }
}
