// Owns foreign data wrappers, servers and user mappings.
import { keyAlone, userMappingKey } from "../catalog/keys.ts";
import { maskSecrets } from "../catalog/secrets.ts";
import { grantsOfNew } from "./acl.ts";
import { indexOptions } from "./constraints.ts";
import { roleOf } from "./names.ts";
import type { Fold } from "./scene.ts";
import { text } from "./tree.ts";

export const foldCreateWrapper: Fold = (scene, node) => {
  const name = text(node["fdwname"]) ?? "";
  // Which functions are meant is left to the server.
  scene.add(
    "foreign data wrapper",
    { key: keyAlone("foreign data wrapper", name), name, owner: scene.role, certainty: "assumed" },
    { options: maskSecrets(indexOptions(node["options"])) },
  );
};

export const foldCreateServer: Fold = (scene, node) => {
  const name = text(node["servername"]) ?? "";
  const key = keyAlone("server", name);
  if (scene.catalog.has(key)) return;
  const wrapper = text(node["fdwname"]) ?? "";
  scene.add(
    "server",
    {
      key,
      name,
      owner: scene.role,
      grants: grantsOfNew(scene, "server", scene.role, undefined),
      uses: [keyAlone("foreign data wrapper", wrapper)],
    },
    {
      wrapper: keyAlone("foreign data wrapper", wrapper),
      type: text(node["servertype"]),
      version: text(node["version"]),
      options: maskSecrets(indexOptions(node["options"])),
    },
  );
};

export const foldCreateUserMapping: Fold = (scene, node) => {
  const server = text(node["servername"]) ?? "";
  const user = roleOf(scene, node["user"]);
  const key = userMappingKey(server, user);
  if (scene.catalog.has(key)) return;
  scene.add(
    "user mapping",
    { key, name: user, parent: keyAlone("server", server) },
    { options: maskSecrets(indexOptions(node["options"])) },
  );
};

export const foldDropUserMapping: Fold = (scene, node) => {
  scene.catalog.remove(userMappingKey(text(node["servername"]) ?? "", roleOf(scene, node["user"])));
};
