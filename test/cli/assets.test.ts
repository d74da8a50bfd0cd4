import { expect, test } from "vitest";
import { parse } from "yaml";
import { homeOfTest, workplace } from "./command-line.ts";
import { projectYaml } from "./stacks.ts";

const stack = `import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { AssetType, Fn, TerraformAsset, TerraformStack } from "cdktf";

export default class Files extends TerraformStack {
  constructor(scope: any, id: string) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
    const file = new TerraformAsset(this, "file", { path: "conf/app.yaml" });
    const template = new TerraformAsset(this, "template", { path: "conf/greeting.tpl", type: AssetType.FILE });
    const folder = new TerraformAsset(this, "folder", { path: "conf/more" });
    const archive = new TerraformAsset(this, "archive", { path: "conf/more", type: AssetType.ARCHIVE });
    new ConfigMapV1(this, "files", {
      metadata: { name: "files" },
      data: {
        "app.yaml": Fn.file(file.path),
        greeting: Fn.templatefile(template.path, { name: "you" }),
        more: Fn.file(folder.path + "/more.txt"),
      },
      binaryData: { archive: Fn.filebase64(archive.path) },
    });
  }
}
`;

const files = {
  "stacks/files.ts": stack,
  "conf/app.yaml": "size: 1\n",
  "conf/greeting.tpl": `hello \${name}\n`,
  "conf/more/more.txt": "more\n",
};

test("assets are read from where they lie, and written beside the JSON that names them", async () => {
  const place = workplace(homeOfTest(), { "k8sctl.yaml": projectYaml("a", ["stacks/files.ts"]), ...files });
  const fromCode = await place.run(["synth", "--objects"]);
  const object = parse(fromCode.stdout.replace(/^---\n/, ""));
  expect(object.data).toEqual({ "app.yaml": "size: 1\n", greeting: "hello you\n", more: "more\n" });
  expect(Buffer.from(object.binaryData.archive, "base64").subarray(0, 2).toString()).toBe("PK");

  expect(await place.run(["synth", "--out", "cdktf.out"])).toMatchObject({ exitCode: 0 });
  place.write({ "conf/app.yaml": null, "k8sctl.yaml": projectYaml("a", ["cdktf.out/stacks/files/cdk.tf.json"]) });
  const fromJson = await place.run(["synth", "--objects", "--stack", "files"]);
  expect(fromJson.stderr).toBe("");
  expect(fromJson.stdout).toBe(fromCode.stdout);
});
