// Owns SET and RESET: the search_path, the role and how tables are stored are what the fold follows.
import { nodes } from "../grammar.ts";
import type { Fields } from "../grammar.ts";
import type { Fold, Scene } from "./scene.ts";
import { fields, scalar, strings, text, tagged } from "./tree.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";

export const foldSet: Fold = (scene, node) => {
  const reset = String(node["kind"]).startsWith("VAR_RESET") || node["kind"] === "VAR_SET_DEFAULT";
  const local = node["is_local"] === true;
  const values = nodes(node["args"]).map((each) => scalar(each) ?? "");
  switch (text(node["name"])) {
    case "search_path":
      scene.setPath(reset ? scene.loginPath : values, local);
      break;
    case "role":
      setRole(scene, reset || values[0] === "none" ? scene.sessionUser : values[0]!, local);
      break;
    case "session_authorization":
      scene.sessionUser = reset ? scene.login : values[0]!;
      setRole(scene, scene.sessionUser, local);
      break;
    case "default_table_access_method":
      setAccessMethod(scene, reset ? "heap" : values[0]!, local);
      break;
    default:
      if (node["kind"] !== "VAR_RESET_ALL") return;
      scene.setPath(scene.loginPath);
      setAccessMethod(scene, "heap");
  }
};

export const foldDiscard: Fold = (scene, node) => {
  if (node["target"] !== "DISCARD_ALL") return;
  scene.setPath(scene.loginPath);
  setAccessMethod(scene, "heap");
  scene.sessionUser = scene.login;
  setRole(scene, scene.login);
};

function setRole(scene: Scene, role: string, local = false): void {
  scene.role = role;
  if (!local) scene.sessionRole = role;
  scene.forgetPath();
}

function setAccessMethod(scene: Scene, name: string, local = false): void {
  scene.accessMethod = name;
  if (!local) scene.sessionAccessMethod = name;
}

/** `set_config('search_path', …)` in a SELECT, as dumps have it. */
export function followSetConfig(scene: Scene, call: Fields): boolean {
  if (strings(call["funcname"]).at(-1) !== "set_config") return false;
  const [name, value, isLocal] = nodes(call["args"]).map(scalar);
  const local = /^(?:t|true|yes|on|1)$/i.test(isLocal ?? "");
  if (name === "search_path" && value !== undefined) scene.setPath(pathOf(value), local);
  else if (name === "role" && value !== undefined) setRole(scene, value, local);
  return true;
}

/** The names in a search_path as a setting holds it. */
export function pathOf(setting: string): readonly string[] {
  return [...setting.matchAll(/"((?:[^"]|"")*)"|([^\s,]+)/g)]
    .map((found) => found[1]?.replaceAll('""', '"') ?? found[2]!.toLowerCase())
    .filter((name) => name !== "");
}

/** A SET's value as the server keeps it in pg_proc and pg_db_role_setting. */
export function settingValue(statement: Fields): string {
  const args = nodes(statement["args"]);
  const lists = listed.has(text(statement["name"]) ?? "");
  return args
    .map((each) => {
      const [tag, node] = tagged(each);
      const value = scalar(each) ?? "";
      const isText = tag === "A_Const" && fields(node["sval"])["sval"] !== undefined;
      return lists && (isText || value === "") ? quoteIdentifier(value) : value;
    })
    .join(", ");
}

// GUC_LIST_QUOTE
const listed = new Set([
  "search_path",
  "temp_tablespaces",
  "session_preload_libraries",
  "shared_preload_libraries",
  "local_preload_libraries",
  "unix_socket_directories",
]);
