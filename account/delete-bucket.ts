import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Place } from './fleet-resource.ts';
import { withClient } from './with-client.ts';

/** Deletes a bucket with every version of all that is in it. @throws what the SDK throws */
export function emptyAndDeleteBucket(
  place: Place,
  Bucket: string,
  abortSignal: AbortSignal,
): Promise<void> {
  return withClient(S3Client, place, async (client) => {
    for (;;) {
      // A page has as many as one call deletes, and what is deleted is not in the next first page.
      const { Versions = [], DeleteMarkers = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket, MaxKeys: 1_000 }),
        { abortSignal },
      );
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({
        Key,
        VersionId,
      }));
      if (Objects.length === 0) break;
      const { Errors: [error] = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
        { abortSignal },
      );
      if (error !== undefined) throw new Error(`${error.Key}: ${error.Code}: ${error.Message}`);
    }
    await client.send(new DeleteBucketCommand({ Bucket }), { abortSignal });
  });
}
