// The condition of a trigger is found, whatever its names and strings hold.
import { expect, test } from "vitest";
import { triggerCondition } from "./trigger-condition.ts";

test.each<readonly [sql: string, condition: string | undefined]>([
  ["create trigger t before update on x for each row execute function f('when (a)')", undefined],
  ["create trigger t before update on x for each row when (old.a <> (new.a)) execute function f()", "old.a <> (new.a)"],
  ['create trigger "when (x)" before update of "when" on x when (new.b = \')\') execute procedure f()', "new.b = ')'"],
  ["CREATE TRIGGER t AFTER DELETE ON x WHEN(true /* ) */)EXECUTE FUNCTION f()", "true /* ) */"],
])("%s", (sql, condition) => {
  expect(triggerCondition(sql)).toBe(condition);
});
