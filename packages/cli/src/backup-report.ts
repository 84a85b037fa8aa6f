// Owns how backups are shown.
import type { BackupManifest, BackupSummary, RestoreReport, Verdict, VerifyReport } from "@clew/backup";
import type { Paint } from "./colors.ts";
import { bytesText, count, table, type Cell } from "./table.ts";

/** `3 tables, 1204 rows, 1.2 MB`. */
function sizeText(tables: number, rows: number, bytes: number): string {
  return `${count(tables, "table")}, ${count(rows, "row")}, ${bytesText(bytes)}`;
}

export function createdText(manifest: BackupManifest, place: string, paint: Paint): string {
  const { id, tables, bytes, omitted } = manifest;
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  const left = omitted.map(({ what, why }) => paint("dim", `  not in it: ${what} (${why})`));
  return [`Backup ${paint("green", id)} in ${place}: ${sizeText(tables.length, rows, bytes)}.`, ...left].join("\n");
}

export function listText(backups: readonly BackupSummary[], place: string, paint: Paint): string {
  if (backups.length === 0) return `There are no backups in ${place}.`;
  const heading: readonly Cell[] = ["id", "of", "scope", "for", "rows", "size", "verified"].map((text) => [
    text,
    "dim",
  ]);
  const rows = backups.map((backup): readonly Cell[] => [
    backup.id,
    backup.database,
    backup.scope,
    backup.migrations.join(", "),
    String(backup.rows),
    bytesText(backup.bytes),
    backup.damage === null ? (backup.verified?.level ?? "") : [`damaged: ${backup.damage}`, "red"],
  ]);
  return `${table([heading, ...rows], paint)}\n\n${count(backups.length, "backup")} in ${place}.`;
}

export function manifestText(manifest: BackupManifest, paint: Paint): string {
  const { id, createdAt, tool, target, scope, migrations, lsn, tables, sequences, schema, omitted, encryption } =
    manifest;
  const facts: readonly (readonly Cell[])[] = [
    ["made", `${createdAt}, by ${tool}`],
    ["of", `${target.database} as ${target.user}, PostgreSQL ${target.server}`],
    ["scope", scope],
    ...(migrations.length > 0 ? [["for", migrations.map(({ version }) => version).join(", ")]] : []),
    ...(lsn === null ? [] : [["position", lsn]]),
    ["schema", schema.map(({ path }) => path).join(", ")],
    ["sequences", String(sequences.length)],
    ["size", `${bytesText(manifest.bytes)}, of ${bytesText(manifest.rawBytes)}`],
    ["encrypted", encryption === null ? "no" : `${encryption.method}, key ${encryption.keyId}`],
  ];
  const heading: readonly Cell[] = ["table", "rows", "columns", "key", "only"].map((text) => [text, "dim"]);
  const rows = tables.map((one): readonly Cell[] => [
    `${one.schema}.${one.name}`,
    String(one.rows),
    one.part ? one.columns.map(({ name }) => name).join(", ") : String(one.columns.length),
    one.key.join(", "),
    one.where ?? "",
  ]);
  return [
    paint("bold", id),
    table(
      facts.map(([name, value]) => [[String(name), "dim"], value!]),
      paint,
    ),
    ...(rows.length > 0 ? ["", table([heading, ...rows], paint)] : []),
    ...omitted.map(({ what, why }) => `\nnot in it: ${what} (${why})`),
  ].join("\n");
}

export function verifyText({ id, ok, level, tables, rows, bytes, damage }: VerifyReport, paint: Paint): string {
  if (ok) return `${paint("green", "✔")} ${id} is as it was written (${level}): ${sizeText(tables, rows, bytes)}.`;
  const lines = damage.map(({ path, what }) => `  ${path}: ${what}`);
  return [`${paint("red", "✖")} ${id} is damaged:`, ...lines].join("\n");
}

export function restoreText(report: RestoreReport, paint: Paint): string {
  const heading: readonly Cell[] = ["table", "saved", "added", "changed", "removed", "left as they are", ""].map(
    (text) => [text, "dim"],
  );
  const number = (value: number): string => (value === 0 ? "" : String(value));
  const rows = report.tables.map((one): readonly Cell[] => [
    one.table,
    String(one.saved),
    number(one.added),
    number(one.changed),
    number(one.removed),
    number(one.differing),
    one.made ? ["made again", "green"] : "",
  ]);
  const without = report.without.map((what) =>
    paint("yellow", `not made again, for what it stands on is gone: ${what}`),
  );
  const end = report.dryRun
    ? "Nothing was changed: this was a dry run."
    : `Restored from ${report.id}: ${count(report.tables.length, "table")}.`;
  return [...(rows.length > 0 ? [table([heading, ...rows], paint), ""] : []), ...without, end].join("\n");
}

export function pruneText(verdicts: readonly Verdict[], paint: Paint): string {
  if (verdicts.length === 0) return "There are no backups.";
  const rows = verdicts.map(({ backup, keep, why }): readonly Cell[] => [
    backup.id,
    bytesText(backup.bytes),
    keep ? ["stays", "green"] : ["goes", "red"],
    why,
  ]);
  return table(rows, paint);
}
