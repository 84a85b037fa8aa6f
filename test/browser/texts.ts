// Owns the projects that a browser is asked about: the repository's own, those that others published, and odd texts.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { filesOf, published } from "../conformance/published.ts";

/** Files of one project, in order. */
export interface Project {
  readonly name: string;
  readonly files: readonly string[];
}

export async function projects(): Promise<readonly Project[]> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const own = ["migrations", "examples", "packages/core"].map((folder) => ({
    name: folder,
    files: globSync(`${folder}/**/*.sql`, { cwd: root, exclude: ["**/node_modules/**", "**/dist/**"] })
      .sort()
      .map((file) => readFileSync(`${root}/${file}`, "utf8")),
  }));
  const others = published.map(async (one) => ({
    name: one.package,
    files: Object.values(await filesOf(one)).map(String),
  }));
  return [...own.filter(({ files }) => files.length > 0), ...(await Promise.all(others)), { name: "odd", files: odd }];
}

const odd: readonly string[] = [
  "",
  ";;; -- nothing\n",
  "\ufeffselect 1;",
  "select '😀🧵', \"größe\" from 名前 where é = 'né';\nselect from from;\n-- 😀\nselect 2 too many;",
  "create table t (a int;\ncreate table u (b int);",
  "select 'never closed; select 1",
  "select 1; /* never closed",
  "do $$ begin commit; end $$; do $x$ begin perform 1 end $x$;",
  "create function f() returns int begin atomic select 1; select 2; end; select f();",
  "begin; alter type mood add value 'fine'; select 'fine'::mood; commit;",
  "insert into t values ({{value}}, ${other}, :'psql');",
  "\\connect other\ncopy t from stdin;\n1\t2\n\\.\nselect 1;",
  "<<<<<<< HEAD\ncreate table a ();\n=======\ncreate table b ();\n>>>>>>> other\n",
  "select a not /* a comment where the grammar looks ahead */ in (1);",
  "select '\ud800 half a pair';",
  "select 1\0; select 2;",
  "create table a (b int);\r\ncreate view v as select b from a;\rdrop table a cascade;",
  `select ${"1 + ".repeat(200)}1;`,
];
