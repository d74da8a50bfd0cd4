import { TOKEN_REQUEST } from "../model/renewal.ts";

/** The resource type of a pause. */
export const TIME_SLEEP = "time_sleep";

interface GeneratedType {
  /** What the provider gives beside the arguments. */
  readonly attributes: readonly string[];
  readonly secret: readonly string[];
  readonly arguments: readonly string[];
}

function of(attributes: string, secret: string, ownArguments: string): GeneratedType {
  const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");
  return { attributes: words(attributes), secret: words(secret), arguments: words(ownArguments) };
}

const characters =
  "keepers length special upper lower number numeric min_special min_upper min_lower min_numeric override_special";
const moment = "id rfc3339 unix year month day hour minute second";
const offsets = (prefix: string): string =>
  "years months days hours minutes seconds"
    .split(" ")
    .map((unit) => `${prefix}_${unit}`)
    .join(" ");
const certificate = "id cert_pem validity_start_time validity_end_time ready_for_renewal";
const terms =
  "validity_period_hours early_renewal_hours allowed_uses is_ca_certificate max_path_length set_subject_key_id";
const request = "private_key_pem subject dns_names ip_addresses uris";

/** Resource types whose value is made once and kept. */
const generatedTypes: ReadonlyMap<string, GeneratedType> = new Map([
  ["random_password", of("id result", "result bcrypt_hash", characters)],
  ["random_string", of("id result", "", characters)],
  ["random_id", of("id hex dec b64_url b64_std", "", "keepers byte_length prefix")],
  ["random_uuid", of("id result", "", "keepers")],
  ["random_pet", of("id", "", "keepers length prefix separator")],
  ["random_integer", of("id result", "", "keepers min max seed")],
  ["random_bytes", of("base64 hex", "base64 hex", "keepers length")],
  ["random_shuffle", of("id result", "", "keepers input result_count seed")],
  ["null_resource", of("id", "", "triggers")],
  [TOKEN_REQUEST, of("id token", "token", "metadata spec")],
  ["terraform_data", of("id output", "", "input triggers_replace")],
  [
    "tls_private_key",
    of(
      "id private_key_pem private_key_pem_pkcs8 private_key_openssh public_key_pem public_key_openssh " +
        "public_key_fingerprint_md5 public_key_fingerprint_sha256",
      "private_key_pem private_key_pem_pkcs8 private_key_openssh",
      "algorithm rsa_bits ecdsa_curve",
    ),
  ],
  [
    "tls_self_signed_cert",
    of(`${certificate} key_algorithm`, "private_key_pem", `${request} ${terms} set_authority_key_id`),
  ],
  ["tls_cert_request", of("id cert_request_pem key_algorithm", "private_key_pem", request)],
  [
    "tls_locally_signed_cert",
    of(
      `${certificate} ca_key_algorithm`,
      "ca_private_key_pem",
      `cert_request_pem ca_private_key_pem ca_cert_pem ${terms}`,
    ),
  ],
  ["time_static", of(moment, "", "rfc3339 triggers")],
  ["time_offset", of(`${moment} base_rfc3339`, "", `base_rfc3339 triggers ${offsets("offset")}`)],
  [TIME_SLEEP, of("id", "", "create_duration destroy_duration triggers")],
  ["time_rotating", of(`${moment} rotation_rfc3339`, "", `rfc3339 rotation_rfc3339 triggers ${offsets("rotation")}`)],
]);

export function isGenerated(type: string): boolean {
  return generatedTypes.has(type);
}

export function secretAttributes(type: string): ReadonlySet<string> {
  return new Set(generatedTypes.get(type)?.secret);
}

/** Names that a reference to a resource of this type may have. */
export function attributesOf(type: string): { readonly made: readonly string[]; readonly given: readonly string[] } {
  const known = generatedTypes.get(type);
  return { made: known?.attributes ?? [], given: known?.arguments ?? [] };
}

/** Arguments that may change without the value being made again. */
export function inputArguments(type: string): readonly string[] {
  if (type === "terraform_data") return ["input"];
  return type === TIME_SLEEP ? ["create_duration", "destroy_duration"] : [];
}

/** Whether a removal leaves the value behind: a token ends with its account, and the others hold nothing that cannot be made again. */
export function outlivesRemoval(type: string): boolean {
  return !isMadeLate(type) && type !== "null_resource" && type !== "terraform_data";
}

/** Types that are made in the middle of a run, whatever their arguments: a token of its account, a pause after what it follows. */
export function isMadeLate(type: string): boolean {
  return type === TOKEN_REQUEST || type === TIME_SLEEP;
}
