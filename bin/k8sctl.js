#!/usr/bin/env node
import module from "node:module";

// Node 22 and later can keep compiled bytecode between runs; on Node 20 the function does not exist.
module.enableCompileCache?.();
await import("../dist/cli/entry.js");
