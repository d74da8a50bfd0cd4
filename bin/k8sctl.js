#!/usr/bin/env node
import module from "node:module";
import v8 from "node:v8";

// The V8 of Node 20 optimizes a function once 66 kB of its bytecode have run. In a run of a second that is a third of the
// processor time, for code that hardly runs again. Later versions wait longer by themselves, and do not know the flag.
if (process.versions.v8.startsWith("11.")) v8.setFlagsFromString("--interrupt-budget=1000000");
// Node 22 and later can keep compiled bytecode between runs; on Node 20 the function does not exist.
module.enableCompileCache?.();
await import("../dist/cli/entry.js");
