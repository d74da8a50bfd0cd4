import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { findClient } from "../../scripts/real-clients/programs.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { synthesize } from "./synthesized.ts";

const terraform = findClient("terraform", process.env);
const provider = findClient("terraform-provider-kubernetes", process.env);
const there = terraform !== null && provider !== null;
if (!there) console.warn("SKIPPED terraform validate: terraform or its kubernetes provider is not installed");

/**
 * What Terraform says of a stack's JSON. The provider of random values is not installed: these stand as plain texts, in
 * the right places.
 */
async function validated(json: JsonObject): Promise<string> {
  const place = mkdtempSync(join(tmpdir(), "k8sctl-validate-"));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const { random: _, ...providers } = json["provider"] as JsonObject;
  const resources = Object.entries(json["resource"] as JsonObject).filter(([type]) => !type.startsWith("random_"));
  const config = { ...json, terraform: {}, provider: providers, resource: Object.fromEntries(resources) };
  const text = JSON.stringify(config).replaceAll(/random_\w+\.[\w-]+\.\w+/g, "terraform.workspace");
  writeFileSync(join(place, "main.tf.json"), text);
  const overrides = `dev_overrides { "hashicorp/kubernetes" = ${JSON.stringify(dirname(provider!))} }`;
  writeFileSync(join(place, "rc"), `provider_installation {\n  ${overrides}\n  direct { exclude = ["*/*"] }\n}\n`);
  const env = {
    PATH: process.env["PATH"],
    HOME: place,
    TF_CLI_CONFIG_FILE: join(place, "rc"),
    CHECKPOINT_DISABLE: "1",
  };
  const run = promisify(execFile)(terraform!, ["validate", "-json", "-no-color"], { cwd: place, env });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { severity: string; summary: string; detail?: string }[];
  };
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return errors.map(({ summary, detail }) => `${summary}: ${detail ?? ""}`).join("\n");
}

test.skipIf(!there)("terraform validate accepts each stack of the shop", { timeout: 120_000 }, async () => {
  const stacks = await synthesize("examples/04-shop");
  expect(stacks.map(({ name }) => name)).toHaveLength(6);
  const said = await Promise.all(stacks.map(async ({ name, json }) => [name, await validated(json)]));
  expect(said.filter(([, errors]) => errors !== "")).toEqual([]);
});
