import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryHome, workplace } from "./command-line.ts";

const home = temporaryHome();

/** A project on a context whose cluster is elsewhere, and is nowhere in fact: nothing can be changed. */
function project(more = "") {
  const place = workplace(home, {
    "k8sctl.yaml": `project: shop
clusters: { prod: { provider: context, context: shop-prod, kubeconfig: config } }
${more}
stacks: [{ file: shop.tf.json }]
`,
    "shop.tf.json": JSON.stringify({ resource: {} }),
  });
  writeFileSync(
    join(place.root, "config"),
    `apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "https://shop.invalid:6443" } }]
contexts: [{ name: shop-prod, context: { cluster: c, user: u } }]
users: [{ name: u, user: { token: t } }]
`,
  );
  return place;
}

const typed = (input: string) => ({ terminal: { columns: 100, input } });

test.each(["up", "apply", "down"])(
  "%s asks for the name of a context elsewhere, and a yes is no name",
  async (command) => {
    const { exitCode, stderr } = await project().run([command], typed("y\n"));
    expect(stderr).toContain("shop-prod is at https://shop.invalid:6443");
    expect(stderr).toContain("that is not shop-prod; nothing was changed");
    expect(exitCode).toBe(1);
  },
);

test.each([
  ["its name", "", ["up"], "shop-prod\n"],
  ["allowedContexts", "allowedContexts: [shop-prod]", ["up"], ""],
  ["--yes", "", ["up", "--yes"], ""],
])("%s leads on to the cluster", async (_, more, argv, input) => {
  const { all } = await project(more).run(argv, typed(input));
  expect(all).not.toContain("nothing was changed");
  expect(all).toContain("no answer from https://shop.invalid:6443");
});

test("nobody is asked where there is no terminal, or nothing is changed", async () => {
  expect((await project().run(["up"])).all).not.toContain("Type its name");
  expect((await project().run(["plan"], typed(""))).all).not.toContain("Type its name");
});
