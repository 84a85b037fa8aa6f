// Tests that secrets do not come out.
import { expect, test } from "vitest";
import { redact, redactDetail } from "./redact.ts";

test.each([
  ["postgresql://me:s3cret@host:5432/db", "postgresql://me:***@host:5432/db"],
  ["connect to postgres://u:p%40ss@h/db failed", "connect to postgres://u:***@h/db failed"],
  ["create role x login password 'it''s s3cret';", "create role x login password '***';"],
  ["ALTER USER x WITH ENCRYPTED PASSWORD E'abc'", "ALTER USER x WITH ENCRYPTED PASSWORD '***'"],
  ["alter role x password $$s3cret$$", "alter role x password '***'"],
  ["host=h password=s3cret user=u", "host=h password=*** user=u"],
  ["key eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2ln and", "key *** and"],
  ["sb_secret_abcdefghijkl", "***"],
  ["select password from users", "select password from users"],
  ["Key (mail, n)=(ann@x.org, a) b) already exists.", "Key (mail, n)=(***) already exists."],
  ['DETAIL:  Key (a)=(1) is not present in table "x".', 'DETAIL:  Key (a)=(***) is not present in table "x".'],
  ["Failing row contains (1, ann\nof (x), null).", "Failing row contains (***)."],
  ["Authorization: Bearer abc.def", "Authorization: Bearer ***"],
  ['{"apikey":"abc"}', '{"apikey":"***"}'],
  ["AWS_SECRET_ACCESS_KEY=abc/def+ghi AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=*** ***"],
  ["AGE-SECRET-KEY-1QQPQYQSZQGPQYQS", "***"],
])("%s", (text, clean) => {
  expect(redact(text)).toBe(clean);
});

test("values that are known are removed wherever they stand", () => {
  expect(redact("canary in the coal canary", ["canary"])).toBe("*** in the coal ***");
});

test("of two values the one that begins with the other goes first", () => {
  expect(redact("canary-and-more", ["canary", "canary-and-more"])).toBe("***");
});

test.each([
  ["23505", "Schlüssel »(mail)=(ann) und (bob)« existiert bereits.", "Schlüssel »(mail)=(***)« existiert bereits."],
  ["23502", "La fila que falla contiene (1, ann).", "La fila que falla contiene (***)."],
])("details of %s hold no row in any language", (sqlstate, detail, clean) => {
  expect(redactDetail(detail, sqlstate)).toBe(clean);
});

test("a long word without a secret costs no more than its length", () => {
  const word = "x".repeat(2_000_000);
  expect(redact(word)).toBe(word);
});
