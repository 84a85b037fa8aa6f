// Owns all that the analyzer says about texts, as JSON: run in Node and in a browser, so it imports types only.
import type * as Analyzer from "@clew/sql-analyzer";

/** Given the analyzer, what gives its answers about one project's files, one JSON a file and then one for them all. */
export async function answering(
  analyzer: typeof Analyzer,
  wasmUrl?: string,
): Promise<(files: readonly string[]) => readonly string[]> {
  const grammar = await analyzer.loadGrammar(wasmUrl === undefined ? {} : { wasmUrl });
  return (files) => {
    const folding = analyzer.startFold(analyzer.catalogOf([], { source: "files", major: 17 }), { grammar });
    const said = files.map((text) => {
      const script = analyzer.read(text, grammar);
      return {
        script,
        spans: analyzer.split(text),
        segments: analyzer.segment(script),
        settings: script.statements.map((statement) => analyzer.isSetting(statement)),
        classified: script.statements.map((statement) => analyzer.classify(statement)),
        places: script.findings.map(
          ({ at }) => at && [analyzer.locate(text, at.start), analyzer.excerpt(text, at.start)],
        ),
        normalised: analyzer.normalise(text),
        fingerprint: analyzer.fingerprint(text, grammar),
        opaque: folding.apply(script.statements),
      };
    });
    const catalog = folding.catalog();
    const named = files.map((content, at) => ({ path: `${at}.sql`, content }));
    const linted = [...analyzer.lint(named, analyzer.newDatabase(17), { grammar })].map(
      ({ statements, findings, checked }) => {
        let tables = 0;
        for (const statement of statements) analyzer.walk(statement, { RangeVar: (_, at) => void (tables += at) });
        return { findings, checked, tables };
      },
    );
    const whole = {
      catalog,
      hash: analyzer.hashCatalog(catalog),
      dependencies: analyzer.dependencies(catalog),
      linted,
    };
    return [...said, whole].map((one) => JSON.stringify(one));
  };
}
