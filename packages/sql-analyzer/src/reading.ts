// The entry for those who only read SQL: statements, places, boundaries, segments. What knows schemas is not loaded.
export type { Boundary } from "./boundary.ts";
export { decode, type Decoded } from "./bytes.ts";
export { readDirectives, type Directive, type Directives } from "./directives.ts";
export type { Finding, Severity } from "./finding.ts";
export { fingerprint, normalise, type Sql } from "./fingerprint.ts";
export {
  loadGrammar,
  type Fields,
  type Grammar,
  type Node,
  type Parsed,
  type RawStatement,
  type Value,
} from "./grammar.ts";
export { lintFile, type LintCheck, type LintedFile, type LintFinding, type SqlFile } from "./lint-file.ts";
export { offsetsOf, type Offsets } from "./offsets.ts";
export { excerpt, locate, type Place } from "./place.ts";
export { read, type ReadOptions, type Script, type Statement } from "./read.ts";
export { segment, type Segment, type Segments } from "./segment.ts";
export { isSetting } from "./setting.ts";
export { split, type Span } from "./split.ts";
export { walk, type Visit, type Visitors } from "./walk.ts";
