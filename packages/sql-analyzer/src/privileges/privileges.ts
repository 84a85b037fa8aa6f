// Owns the check of privileges: whether the role that runs statements may do what each of them does.
import type { Catalog } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import { closeFile, foldStatement, openFile } from "../fold/fold.ts";
import { Working } from "../fold/working.ts";
import type { Grammar } from "../grammar.ts";
import type { Statement } from "../read.ts";
import { Source } from "../references/source.ts";
import { makesMore } from "../references/unread.ts";
import { demandsOf } from "./demands.ts";
import { Standing, type Abilities } from "./standing.ts";

/** Who runs the statements, on what server. */
export interface PrivilegeOptions extends Abilities {
  /** Reads what is inside functions and DO blocks. */
  readonly grammar?: Grammar;
  /** search_path where each file begins; default what the role has set, or `"$user", public`. */
  readonly searchPath?: readonly string[];
}

/** Privileges checked file by file, each against the catalog that those before it leave. */
export interface PrivilegeChecking {
  /** Checks the statements of one file, and folds them. */
  apply(statements: readonly Statement[]): readonly Finding[];
}

/**
 * Begins to check whether a role may do what statements do: what Postgres would refuse with SQLSTATE 42501, and extensions
 * that the server does not have. Every finding is certain; where it cannot be known, in DO blocks and behind statements that
 * cannot be read and may grant something, nothing is said.
 */
export function startPrivileges(before: Catalog, options: PrivilegeOptions): PrivilegeChecking {
  const working = new Working(before);
  const standing = new Standing(working, options);
  let blind = false;
  return {
    apply(statements) {
      const scene = openFile(working, statements, options);
      const found: Finding[] = [];
      for (const statement of statements) {
        const { ast, text, kind, start } = statement;
        const source = new Source(text, (offset) => start + offset);
        const lacks = ast === undefined ? [] : demandsOf({ scene, standing, blind }, ast);
        for (const { code, message, help, name } of lacks) {
          const span = name === undefined ? undefined : source.find(name);
          const at = { start: start + (span?.start ?? 0), end: start + (span?.end ?? text.trimEnd().length) };
          found.push({ code, severity: "error", message, help, at });
        }
        // What is refused changes nothing: neither whose a thing is, nor who runs what follows.
        if (lacks.length > 0) continue;
        const opaque = scene.opaque.length;
        foldStatement(scene, statement);
        if (/ROLE|USER|GRANT|REVOKE|OWN/i.test(kind)) standing.forget();
        blind ||= scene.opaque.slice(opaque).some((one) => makesMore(one) && mayGrant.test(one.text));
      }
      closeFile(scene);
      return found;
    },
  };
}

const mayGrant = /\b(?:authorization|grant|owner|owned|role|superuser|user)\b/i;
