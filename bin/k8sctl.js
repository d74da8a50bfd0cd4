#!/usr/bin/env node
import module from "node:module";

// Node 22 and later can keep compiled bytecode between runs; on Node 20 the function does not exist.
module.enableCompileCache?.();
process.env.NODE_ENV ??= "production";
await import("../dist/cli/main.js");
