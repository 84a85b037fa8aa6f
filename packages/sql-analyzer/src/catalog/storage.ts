// Owns how values of a type are stored where a column says nothing else: pg_type.typstorage.
// https://www.postgresql.org/docs/current/storage-toast.html
import type { Fact } from "./catalog.ts";

const fixed =
  /^(?:smallint|integer|bigint|boolean|real|double precision|date|time|timestamp|interval|uuid|money|oid|macaddr|point)\b(?!.*\[\])/;
const main = /^(?:numeric|inet|cidr)\b(?!.*\[\])|(?:^|\.)(?:geometry|geography)\b/;
const external = /(?:^|\.)(?:vector|halfvec|sparsevec)\b(?!.*\[\])/;

export function ownStorage(type: string): NonNullable<Fact<"column">["storage"]> {
  if (fixed.test(type)) return "plain";
  return main.test(type) ? "main" : external.test(type) ? "external" : "extended";
}
