// Owns BEGIN, COMMIT, ROLLBACK and savepoints: what is rolled back has not happened.
import type { Fold, Mark, Scene } from "./scene.ts";
import { text } from "./tree.ts";

/** What of one file's transactions is open. */
export class Transactions {
  /** Where the file begins, if it is known to roll back. */
  readonly file: Mark | undefined;
  begun: Mark | undefined;
  savepoints: readonly { readonly name: string; readonly at: Mark }[] = [];

  constructor(file: Mark | undefined) {
    this.file = file;
  }
}

export const foldTransaction: Fold = (scene, node) => {
  const { transactions } = scene;
  const name = text(node["savepoint_name"]) ?? "";
  // A name hides an older one of the same name.
  const found = transactions.savepoints.findLastIndex((savepoint) => savepoint.name === name);
  switch (node["kind"]) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      transactions.begun ??= scene.mark();
      break;
    case "TRANS_STMT_COMMIT":
      end(scene, node["chain"] === true);
      break;
    case "TRANS_STMT_ROLLBACK":
      if (transactions.begun === undefined) doubtFile(scene);
      else scene.backTo(transactions.begun);
      end(scene, node["chain"] === true);
      break;
    case "TRANS_STMT_SAVEPOINT":
      transactions.savepoints = [...transactions.savepoints, { name, at: scene.mark() }];
      break;
    case "TRANS_STMT_ROLLBACK_TO":
      if (found < 0) break;
      scene.backTo(transactions.savepoints[found]!.at);
      transactions.savepoints = transactions.savepoints.slice(0, found + 1);
      break;
    case "TRANS_STMT_RELEASE":
      if (found >= 0) transactions.savepoints = transactions.savepoints.slice(0, found);
      break;
    case "TRANS_STMT_PREPARE":
      // Whether somebody commits it, nobody knows.
      doubtFile(scene);
      end(scene, false);
      break;
    default:
  }
};

function end(scene: Scene, chain: boolean): void {
  const { transactions } = scene;
  scene.endLocal();
  transactions.savepoints = [];
  transactions.begun = undefined;
  if (chain) transactions.begun = scene.mark();
  else if (transactions.file === undefined) scene.catalog.forget();
}

// A ROLLBACK without a BEGIN undoes the file where that runs as one transaction, and nothing where it does not.
function doubtFile(scene: Scene): void {
  const { file, begun } = scene.transactions;
  const from = begun ?? file;
  scene.cannotRead("rolled-back", from === undefined ? [] : scene.catalog.changedSince(from.catalog));
}
