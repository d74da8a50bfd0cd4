import { parse } from "yaml";
import { type Problem, UserError } from "../model/errors.ts";
import type { Json, JsonObject } from "../model/json.ts";

/**
 * `--var key=value`: `replicas=3` is a number, `on=true` a boolean, `hosts=[a, b]` a list, `tag="1.0"` a text, all as in
 * YAML. Anything else is the text as it was typed.
 */
export function parseVars(assignments: readonly string[]): JsonObject {
  const vars: JsonObject = {};
  const problems: Problem[] = [];
  for (const assignment of assignments) {
    const equals = assignment.indexOf("=");
    const key = assignment.slice(0, Math.max(0, equals));
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)) {
      // Never quoted whole: what was typed may be a secret.
      problems.push(problem(key === "" ? "--var: not of the form key=value" : `--var ${key}: not a variable's name`));
      continue;
    }
    try {
      vars[key] = readValue(assignment.slice(equals + 1));
    } catch {
      problems.push(problem(`--var ${key}: the value is not valid YAML`));
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return vars;
}

/**
 * Only a list, a map, quoted text or a bare word is YAML's to read: it would fold the lines of a certificate, cut a
 * password at " #", and make a map of "Warning: hot".
 */
function readValue(text: string): Json {
  const readable = /^\s*[[{"']/.test(text) || /^[\w.+-]+$/.test(text);
  return readable ? (parse(text, { prettyErrors: false }) as Json) : text;
}

function problem(message: string): Problem {
  return {
    code: "var-invalid",
    message,
    remedy: "write --var replicas=3, or --var 'note=\"any text\"' with quotes inside",
    severity: "error",
  };
}
