/**
 * The certificate library behind a static import: a bundled dynamic import of a CommonJS package has only `default`.
 * Loaded by a dynamic import of this file, because it costs more than the rest of a start.
 */
import "reflect-metadata";

export * as x509 from "@peculiar/x509";
