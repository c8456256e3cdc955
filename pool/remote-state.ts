/** Where Terraform keeps its state when not in files beside the output: a versioned S3 bucket. */
export interface RemoteState {
  readonly bucket: string;
  /** Of the bucket. */
  readonly region: string;
  /** First part of each state's key, so that environments share a bucket; null: there is none. */
  readonly environment: string | null;
  /** Encrypts the state; null: the bucket's own default does. */
  readonly kmsKeyArn: string | null;
}
