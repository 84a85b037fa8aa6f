// Owns backups in an S3-compatible store: Amazon's, Supabase Storage's, or another's.
import type * as Client from "@aws-sdk/client-s3";
import type * as Storage from "@aws-sdk/lib-storage";
import type { Readable } from "node:stream";
import { ClewError } from "@clew/core";
import { manifestName, NotThere, type Destination } from "./destination.ts";

/** The bucket, and how it is reached. */
export interface S3Options {
  readonly bucket: string;
  /** What all keys begin with, without a slash at its end. Default none. */
  readonly prefix?: string;
  /** Where the store is, where it is not Amazon's; the SDK reads AWS_ENDPOINT_URL_S3 too. */
  readonly endpoint?: string;
  /** Default `us-east-1`, which most stores but Amazon's take for theirs. */
  readonly region?: string;
  /** Default: as the SDK finds them, in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for one. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Backups in an S3-compatible store. Needs `@aws-sdk/client-s3` and `@aws-sdk/lib-storage`. Throws DRIVER_MISSING.
 * A manifest is stored last: what has none is no backup.
 */
export async function s3(options: S3Options): Promise<Destination> {
  const [sdk, storage] = await loadSdk();
  const { bucket: Bucket, prefix = "", endpoint, region, credentials } = options;
  const client = new sdk.S3Client({
    region: region ?? "us-east-1",
    // Buckets as host names are Amazon's own.
    forcePathStyle: true,
    // Others do not know the checksums that Amazon's takes; our own are in the manifest.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  const base = prefix === "" ? "" : `${prefix}/`;
  const keyOf = (id: string, path: string): string => `${base}${id}/${path}`;
  const upload = async (key: string, body: Readable | Buffer): Promise<void> => {
    // Parts that were sent of an upload which fails are taken away.
    await new storage.Upload({
      client,
      params: { Bucket, Key: key, Body: body },
      partSize: 8 << 20,
      queueSize: 2,
    }).done();
  };
  const keysBelow = async (start: string): Promise<readonly string[]> => {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new sdk.ListObjectsV2Command({
          Bucket,
          Prefix: start,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return keys;
  };
  const drop = async (keys: readonly string[]): Promise<void> => {
    for (const Key of keys) await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }));
  };
  return {
    name: `s3://${Bucket}${prefix === "" ? "" : `/${prefix}`}`,
    async list() {
      const ending = `/${manifestName}`;
      const finished = (await keysBelow(base)).filter((key) => key.endsWith(ending));
      return finished.map((key) => key.slice(base.length, -ending.length)).filter((id) => !id.includes("/"));
    },
    begin: (id) =>
      Promise.resolve({
        write: (path, source) => upload(keyOf(id, path), source),
        finish: (manifest) => upload(keyOf(id, manifestName), Buffer.from(manifest)),
        abandon: async () => drop(await keysBelow(`${base}${id}/`)),
      }),
    async read(id, path) {
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key: keyOf(id, path) }));
        return Body as Readable;
      } catch (error) {
        if ((error as Error).name === "NoSuchKey") throw new NotThere(`${id}/${path} is missing`, { cause: error });
        throw error;
      }
    },
    note: (id, path, text) => upload(keyOf(id, path), Buffer.from(text)),
    async remove(id) {
      await drop([keyOf(id, manifestName)]);
      await drop(await keysBelow(`${base}${id}/`));
    },
    free: () => Promise.resolve(undefined),
  };
}

async function loadSdk(): Promise<readonly [typeof Client, typeof Storage]> {
  try {
    return await Promise.all([import("@aws-sdk/client-s3"), import("@aws-sdk/lib-storage")]);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new ClewError(
      "DRIVER_MISSING",
      "backups in S3 need the packages @aws-sdk/client-s3 and @aws-sdk/lib-storage, which are not installed",
      { help: "npm install @aws-sdk/client-s3 @aws-sdk/lib-storage" },
      { cause },
    );
  }
}
