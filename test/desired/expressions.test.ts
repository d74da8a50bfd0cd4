import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/desired/expression/evaluate.ts";
import { functions } from "../../src/desired/expression/functions.ts";
import { asExpressionText, parseTemplate } from "../../src/desired/expression/parse.ts";
import type { Scope } from "../../src/desired/expression/scope.ts";
import { ExpressionError } from "../../src/desired/expression/syntax.ts";
import { layBare, Sensitive, type Value } from "../../src/desired/expression/value.ts";
import { Unknown } from "../../src/model/desired.ts";
import type { Json } from "../../src/model/json.ts";

/** What `terraform console` of Terraform 1.11.4 answers to `jsonencode(expression)`. */
const golden = JSON.parse(
  readFileSync(new URL("../fixtures/expressions/golden.json", import.meta.url), "utf8"),
) as readonly { readonly expression: string; readonly value: Json }[];

function scopeOf(names: Readonly<Record<string, Value>>): Scope {
  return {
    name(name) {
      const found = names[name];
      if (found === undefined) throw new ExpressionError("expression-name", `nothing is called "${name}" here`);
      return found;
    },
  };
}

function run(template: string, names: Readonly<Record<string, Value>> = {}): Value {
  return evaluate(parseTemplate(template), scopeOf(names));
}

describe("evaluation agrees with Terraform", () => {
  test.each(golden.map((g) => [g.expression, g.value] as const))("%s", (expression, value) => {
    const ours = layBare(run(`\${${expression}}`)).plain;
    // Through JSON, as the golden value came.
    expect(JSON.parse(JSON.stringify(ours))).toEqual(value);
  });
});

describe("marks and unknowns", () => {
  const secret = new Sensitive("hunter2");
  const later = new Unknown("${random_password.pw.result}", ["app/random_password.pw"], true);

  const shapes = [
    "${x}",
    "a${x}b",
    "${[x]}",
    "${{ k = x }}",
    "${[for v in [x] : upper(v)]}",
    "${true ? x : x}",
    '${x == "a" ? 1 : 2}',
    '${[for v in [1] : v if x != ""]}',
    '${{ for v in [x] : "k" => v }}',
    '%{ if x != "" }yes%{ else }no%{ endif }',
    '%{ for c in split("", x) }${c}%{ endfor }',
    "${jsonencode({ a = [x] })}",
    "${base64encode(x)}",
    "${sha256(x)}",
    "${length(x)}",
    "${merge({ a = 1 }, { b = x })}",
    '${lookup({ a = x }, "a", "")}',
    '${lookup({ a = 1 }, "b", x)}',
    '${coalesce(x, "b")}',
    '${try(x, "b")}',
    "${element([x], 0)}",
    "${concat([x], [1])}",
    "${values({ a = x })[0]}",
    "${[{ a = x }][*].a}",
    '${format("%s", x)}',
    '${x != "" && true}',
    '${{ a = 1 }[x == "" ? "b" : "a"]}',
  ];

  test.each(shapes)("%s stays sensitive", (template) => {
    expect(layBare(run(template, { x: secret }))).toMatchObject({ sensitive: true, needs: null });
  });

  test.each(shapes)("%s stays unknown, and sensitive", (template) => {
    const bare = layBare(run(template, { x: later }));
    expect(bare).toMatchObject({ sensitive: true, needs: ["app/random_password.pw"] });
  });

  /** Takes the mark off by its purpose; only says whether there is one. */
  const opening = new Set(["nonsensitive", "issensitive"]);
  const names = Object.keys(functions).filter((name) => !opening.has(name));
  const argument = fc.oneof(
    fc.constant('"a"'),
    fc.constant('"1"'),
    fc.constant("1"),
    fc.constant('["b"]'),
    fc.constant('{ a = "b" }'),
    fc.constant("true"),
  );
  const marked = fc.constantFrom("x", "[x]", "{ a = x }", "[[x]]", '"p${x}"');

  test("no function loses the mark of an argument that decides its result", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(argument, { maxLength: 2 }),
        marked,
        fc.nat(2),
        (name, others, own, at) => {
          const args = [...others.slice(0, at), own, ...others.slice(at)];
          const template = `\${${name}(${args.join(", ")})}`;
          const results = ["hunter2", "hunter3"].map((text) => {
            try {
              return layBare(run(template, { x: new Sensitive(text) }));
            } catch (error) {
              if (error instanceof ExpressionError) return null;
              throw error;
            }
          });
          const [a, b] = results;
          if (a == null || b == null || JSON.stringify(a.plain) === JSON.stringify(b.plain)) return;
          compared += 1;
          expect(a.sensitive, template).toBe(true);
        },
      ),
      { numRuns: 4000, seed: 7 },
    );
    // Else the property would hold because nothing was evaluated.
    expect(compared).toBeGreaterThan(200);
  });
});

describe("texts", () => {
  test("any template becomes an expression of equal value", () => {
    const piece = fc.oneof(
      fc.string().map((s) => s.replace(/[$%]/g, "")),
      fc.constantFrom("$${a}", "%%{b}", "${x}", '${"q${x}"}', "${[1, 2][1]}", "\n", '"', "\\", "$", "%"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (parts) => {
        const template = parts.join("").replace(/[$%]+(?=\{[^abx"[])/g, "");
        const names = { x: "value" };
        let direct: Value;
        try {
          direct = run(template, names);
        } catch (error) {
          if (error instanceof ExpressionError) return;
          throw error;
        }
        expect(run(`\${${asExpressionText(template)}}`, names)).toEqual(direct);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["${1 +}", /expected an expression/],
    ["${[1, 2}", /expected/],
    ["${", /expected an expression/],
    ["%{ if true }x", /endif/],
    ["${nosuch(1)}", /nosuch\(\) is not supported/],
    ['${upper("a", "b")}', /takes 1 argument, not 2/],
    ["${[1][5]}", /outside a list of 1/],
    ['${{ a = 1 }["b"]}', /no attribute "b"/],
    ['${1 + "x"}', /expected a number/],
    ["${1 / 0}", /division by zero/],
    ["a${null}", /null/],
    ["${missing}", /nothing is called "missing"/],
  ])("%s is refused", (template, message) => {
    expect(() => run(template)).toThrow(ExpressionError);
    expect(() => run(template)).toThrow(message);
  });

  test.each([
    "${1 + x}",
    "${{ a = 1 }[x]}",
    "${[1][x]}",
    "${lookup({ a = 1 }, x)}",
    '${regex("${x}(", "a")}',
    '${format("%d", x)}',
    '${textencodebase64("a", x)}',
    "${jsondecode(x)}",
    '${formatdate(x, "2020-01-01T00:00:00Z")}',
    "${cidrhost(x, 1)}",
  ])("the error of %s does not show a sensitive value", (template) => {
    const names = { x: new Sensitive("hunter2") };
    expect(() => run(template, names)).toThrow(ExpressionError);
    expect(() => run(template, names)).toThrow(/^(?!.*hunter2)/s);
  });

  // As terraform console 1.11.4 answers.
  test.each([
    ['${jsonencode(true ? ["b", "a", "b"] : toset(["x"]))}', '["a","b"]'],
    ['${jsonencode(false ? toset(["x"]) : ["b", 1, true])}', '["1","b","true"]'],
    ['${jsonencode(true ? [for v in ["b", "a"] : v] : toset([]))}', '["a","b"]'],
    ['${jsonencode(true ? tolist(["b", "a", "b"]) : toset(["x"]))}', '["b","a","b"]'],
  ])("%s", (template, expected) => {
    expect(run(template)).toBe(expected);
  });

  test("heredocs", () => {
    expect(run('${<<-EOT\n    a ${upper("b")}\n      c\n    EOT\n}')).toBe("a B\n  c\n");
    // As Terraform 1.11.4 evaluates it.
    expect(run("${<<EOT\na ${upper(<<EOT\nin\n EOT\n)} b\n  EOT\n}")).toBe("a IN\n b\n");
    expect(() => run("${<<EOT\na\nEOT b\n}")).toThrow(/heredoc EOT has no end/);
  });
});
