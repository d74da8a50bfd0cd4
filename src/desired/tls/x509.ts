/** See src/embedded/x509.ts: the same library, for the same reasons behind a file of its own. */
import "reflect-metadata";

export * as x509 from "@peculiar/x509";
