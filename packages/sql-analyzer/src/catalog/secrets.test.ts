// Secrets among options are masked, and what only names one is not.
import { expect, test } from "vitest";
import { maskSecrets } from "./secrets.ts";

test.each([
  "password",
  "passwd",
  "api_key",
  "apikey",
  "aws_secret_access_key",
  "access_token",
  "private_key",
  "credentials_json",
])("%s", (name) => {
  expect(maskSecrets({ [name]: "a=b" })).toEqual({ [name]: "(secret)" });
});

test.each([
  "user",
  "host",
  "api_key_id",
  "api_key_name",
  "vault_access_key_id",
  "vault_secret_access_key",
  "password_required",
])("%s is none", (name) => {
  expect(maskSecrets({ [name]: "a=b" })).toEqual({ [name]: "a=b" });
});

test("no options at all", () => {
  expect(maskSecrets(undefined)).toBeUndefined();
});
