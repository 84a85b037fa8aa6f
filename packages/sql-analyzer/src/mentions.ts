// Owns the names that stand in a text: of code that cannot be read they are all that is known.

/**
 * Every name that a text may mean: its words as they are written and in lower case, what stands in double quotes, and what the
 * tag of a dollar quote makes one word with: `entry` of `$sql$truncate entry$sql$`. Some come more than once.
 */
export function* namesMentioned(text: string): Generator<string> {
  for (const [word] of text.matchAll(/[\w$\u0080-\uffff]+|"(?:[^"]|"")+"/g)) {
    const quoted = word.startsWith('"');
    yield* bothCases(quoted ? word.slice(1, -1).replaceAll('""', '"') : word);
    if (!quoted && word.includes("$")) for (const part of word.split("$")) if (part !== "") yield* bothCases(part);
  }
}

function* bothCases(name: string): Generator<string> {
  yield name;
  const lower = name.toLowerCase();
  if (lower !== name) yield lower;
}
