import { RandomProvider } from "@cdktf/provider-random/lib/provider/index.js";
import { TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import type { StackContext } from "./contract.ts";
import { NamespacedStack } from "./namespaced-stack.ts";
import { readOptions } from "./options.ts";
import { CloudNativePostgres } from "./postgres/cloudnative.ts";
import { Postgres } from "./postgres/construct.ts";
import { OPTIONS, type PostgresOptions } from "./postgres/options.ts";

export { CloudNativePostgres } from "./postgres/cloudnative.ts";
export { Postgres } from "./postgres/construct.ts";
export type {
  BackupOptions,
  DatabaseOptions,
  PostgresOptions,
  PostgresTls,
  RestoreOptions,
  UserOptions,
} from "./postgres/options.ts";

/** One instance in a namespace of its own (`postgres` unless told otherwise); vars are the options. */
export default class PostgresStack extends NamespacedStack {
  readonly postgres: Postgres | CloudNativePostgres;

  constructor(scope: Construct, id: string, context: StackContext) {
    super(scope, id);
    new RandomProvider(this, "random");
    const options = readOptions<PostgresOptions>(this, context, OPTIONS);
    const namespace = this.makeNamespace(options.namespace ?? "postgres");
    const construct = options.ha === "cloudnative-pg" ? CloudNativePostgres : Postgres;
    this.postgres = new construct(this, "postgres", { ...options, namespace });
    new TerraformOutput(this, "host", { value: this.postgres.host });
    new TerraformOutput(this, "uri", {
      value: `postgresql://${this.postgres.user}@${this.postgres.host}:${this.postgres.port}/${this.postgres.database}`,
      description: "Without the password, which is in the Secret",
    });
  }
}
