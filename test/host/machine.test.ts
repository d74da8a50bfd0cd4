import { describe, expect, test } from "vitest";
import { machineFacts, machineFindings } from "../../src/host/machine.ts";
import { scriptedPrograms } from "./scripted-programs.ts";

const GIB = 1024 ** 3;
const good = {
  cgroups: 2,
  memoryBytes: 8 * GIB,
  freeDisk: { folder: "/var/lib/docker", bytes: 50 * GIB },
  inotify: { instances: 8192, watches: 1_048_576 },
} as const;

describe("what kind may stumble over", () => {
  test("nothing on a good machine", () => {
    expect(machineFindings(good).map(({ name, status, remedy }) => [name, status, remedy])).toEqual(
      ["cgroups", "memory", "disk", "inotify"].map((name) => [name, "ok", null]),
    );
  });

  test.each([
    ["cgroups", { cgroups: 1 }, "warn", /v1\.35/],
    ["memory", { memoryBytes: GIB }, "warn", /4 GiB/],
    ["disk", { freeDisk: { folder: "/d", bytes: 3 * GIB } }, "warn", /prune/],
    ["disk", { freeDisk: { folder: "/d", bytes: GIB / 2 } }, "fail", /prune/],
    ["inotify", { inotify: { instances: 128, watches: 1_048_576 } }, "warn", /max_user_instances=512/],
  ] as const)("%s: %o", (name, worse, status, remedy) => {
    const found = machineFindings({ ...good, ...worse }).find((finding) => finding.name === name);
    expect(found).toMatchObject({ status, remedy: expect.stringMatching(remedy) });
  });

  test("what nobody tells is not judged", () => {
    expect(machineFindings({ cgroups: null, memoryBytes: null, freeDisk: null, inotify: null })).toEqual([]);
  });
});

test.each([
  ["docker", `{"CgroupVersion":"1","MemTotal":25276080128,"DockerRootDir":"/"}`],
  ["podman", `{"host":{"cgroupVersion":"v1","memTotal":25276080128},"store":{"graphRoot":"/"}}`],
])("%s tells its facts", async (engine, stdout) => {
  const { exec } = scriptedPrograms({ [engine]: [{ when: "info", stdout }] });
  const facts = await machineFacts(exec, engine);
  expect(facts).toMatchObject({ cgroups: 1, memoryBytes: 25276080128, freeDisk: { folder: "/" } });
});

test.each(["not json", "[]", ""])("an engine that says %j tells nothing", async (stdout) => {
  const { exec } = scriptedPrograms({ docker: [{ when: "info", stdout, exit: stdout === "" ? 1 : 0 }] });
  expect(await machineFacts(exec, "docker")).toMatchObject({ cgroups: null, memoryBytes: null, freeDisk: null });
});
