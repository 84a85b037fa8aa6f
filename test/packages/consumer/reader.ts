// What a tool that only reads SQL writes.
import { loadGrammar, read, segment } from "@clew/sql-analyzer";
import type { Statement } from "@clew/sql-analyzer";

const text = "create table t (id int); -- ü\ncreate index concurrently on t (id);";
const script = read(text, await loadGrammar());
const statements: readonly Statement[] = script.statements;
const segments = segment(script).segments.map(({ kind }) => kind);
console.log(JSON.stringify({ kinds: statements.map(({ kind }) => kind), segments }));
