/** The table of rooms in ARCHITECTURE.md, enforced. A planted violation in test/architecture.test.ts shows that it bites. */
const pure = ["model", "schema", "fields", "access", "project", "desired", "plan", "status", "progress"];

/** room -> rooms under src/ that it may import (itself always). */
const mayImport = {
  model: [],
  schema: ["model"],
  fields: ["model", "schema"],
  access: ["model"],
  project: ["model"],
  desired: ["model", "schema", "fields"],
  plan: ["model", "schema", "fields"],
  status: ["model"],
  progress: ["model"],
  run: ["model", "schema", "fields", "access", "project", "desired", "plan", "status"],
  view: ["model", "progress"],
  embedded: ["model", "schema", "fields"],
  host: ["model", "schema", "fields", "access", "project", "embedded"],
};

const rooms = Object.entries(mayImport).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `src/${room} may import only: ${[room, ...allowed].join(", ")}${room === "run" || room === "host" ? ", ports.ts" : ""}`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: {
    path: "^src/",
    pathNot: [
      `^src/(${[room, ...allowed].join("|")})/`,
      ...(room === "run" || room === "host" ? ["^src/ports\\.ts$"] : []),
    ],
  },
}));

module.exports = {
  forbidden: [
    ...rooms,
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "pure-rooms-do-no-io",
      comment: "pure rooms touch no file, socket, process or clock",
      severity: "error",
      from: { path: `^src/(${pure.join("|")})/` },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(crypto|util|buffer|assert|path|zlib)$" },
    },
    {
      name: "run-does-no-io",
      severity: "error",
      from: { path: "^src/run/" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(crypto|events|util|path|zlib)$" },
    },
    {
      name: "only-wire-opens-host",
      severity: "error",
      from: { path: "^src/(?!host/)", pathNot: "^src/cli/wire\\.ts$" },
      to: { path: "^src/host/" },
    },
    {
      name: "cdktf-behind-one-door",
      comment: "CDKTF is archived upstream: only stacks/ and one file of src/host know its name",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/host/cdktf\\.ts$" },
      to: { path: "(^|node_modules/)(cdktf|constructs|@cdktf)(/|$)" },
    },
    {
      name: "stacks-and-examples-know-no-src",
      severity: "error",
      from: { path: "^(stacks|examples)/" },
      to: { path: "^src/" },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    moduleSystems: ["es6", "cjs"],
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".js", ".json"],
    },
  },
};
