// Owns the proof that is kept with a rollback, and whether it still is about that rollback.
import { createHash } from "node:crypto";
import { readText, type MigrationFile } from "../files/read.ts";
import type { Proof } from "../report.ts";
import type { KeptRollback, RollbackRow } from "../store/state.ts";

/** What is kept of a proof, as JSON in `clew.rollback.proof`. */
export interface KeptProof {
  readonly verdict: Proof;
  readonly reason?: string;
  /** `inverseHash` of the rollback that was tried. */
  readonly inverse: string;
  /** Hashes of the schema before the migration and after it. */
  readonly before: string;
  readonly after: string;
  /** Postgres's version in the scratch database. */
  readonly server: string;
  /** When, in ISO 8601. */
  readonly at: string;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** SHA-256 of a rollback that was written by hand. */
export function writtenHash(text: string): string {
  return sha256(text);
}

/** SHA-256 over those of the segments' statements without the archive's id, as the server makes them too: see `readAll`. */
export function inverseHash(segments: readonly Pick<KeptRollback, "ordinal" | "statements" | "archive">[]): string {
  return hashOf(
    segments.map(({ ordinal, statements, archive }) => {
      const text = statements.join(";\n");
      const id = archiveId(archive);
      return { ordinal, hash: sha256(id === undefined ? text : text.replaceAll(id, "")) };
    }),
  );
}

/** The name of the archive that a rollback takes rows from: another one each time that a migration runs. */
export function archiveId(archive: string | null): string | undefined {
  return archive === null ? undefined : (JSON.parse(archive) as { readonly id: string }).id;
}

function hashOf(segments: readonly { readonly ordinal: number; readonly hash: string }[]): string {
  const inOrder = segments.toSorted((a, b) => a.ordinal - b.ordinal);
  return sha256(inOrder.map(({ hash }) => hash).join("\n"));
}

/** By version what was proved of the rollback that would run now. */
export async function readProofs(
  files: readonly MigrationFile[],
  rollbacks: readonly RollbackRow[],
): Promise<ReadonlyMap<string, Proof>> {
  const written = new Map(files.map(({ version, down }) => [version, down] as const));
  const found = new Map<string, Proof>();
  for (const [version, segments] of Map.groupBy(rollbacks, (row) => row.version)) {
    if (segments.every(({ proof }) => proof === null)) continue;
    const down = written.get(version);
    const proof = proofOf(segments, down === undefined ? undefined : await readText(down));
    if (proof !== undefined) found.set(version, proof.verdict);
  }
  return found;
}

/** What was proved of the rollback that is kept, or of the one that was written by hand; undefined: nothing, or of another. */
function proofOf(segments: readonly Proved[], written: string | undefined): KeptProof | undefined {
  const text = segments.find(({ proof }) => proof !== null)?.proof;
  if (text === undefined || text === null) return undefined;
  const proof = JSON.parse(text) as KeptProof;
  const whole = segments.every(({ hash }) => hash !== null);
  const hash = written !== undefined ? writtenHash(written) : whole ? hashOf(segments as readonly Hashed[]) : undefined;
  return hash === proof.inverse ? proof : undefined;
}

type Proved = Pick<RollbackRow, "ordinal" | "proof" | "hash">;
type Hashed = Proved & { readonly hash: string };
