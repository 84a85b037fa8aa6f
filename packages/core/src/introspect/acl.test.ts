// Access control lists are read as Postgres writes them.
import { expect, test } from "vitest";
import { grantsOf } from "./acl.ts";

const all = ["DELETE", "INSERT", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"];

test("the owner is silent as long as it has all", () => {
  expect(grantsOf(["me=arwdDxt/me"], "me", all)).toEqual([]);
  expect(grantsOf(["me=arwdDx/me", "anon=r/me"], "me", all)).toEqual([
    { to: "anon", privileges: ["SELECT"] },
    { to: "me", privileges: ["DELETE", "INSERT", "REFERENCES", "SELECT", "TRUNCATE", "UPDATE"] },
  ]);
  expect(grantsOf(["me=a*rwdDxt/me"], "me", all)[0]).toMatchObject({ to: "me", grantable: ["INSERT"] });
  expect(grantsOf([], "me", all)).toEqual([{ to: "me", privileges: [] }]);
});

test("where there is nothing to have, everybody is alike", () => {
  expect(grantsOf([], "me", [])).toEqual([]);
  expect(grantsOf(["me=r/me", "anon=w/me"], "me", [])).toEqual([
    { to: "anon", privileges: ["UPDATE"] },
    { to: "me", privileges: ["SELECT"] },
  ]);
});

test("PUBLIC, grant options, grantors, and names with anything in them", () => {
  expect(grantsOf(["=X/me", "b=X*/me", '"a=b/""c"""=X/"o/ther="'], "me", [])).toEqual([
    { to: 'a=b/"c"', by: "o/ther=", privileges: ["EXECUTE"] },
    { to: "b", privileges: ["EXECUTE"], grantable: ["EXECUTE"] },
    { to: "public", privileges: ["EXECUTE"] },
  ]);
});
