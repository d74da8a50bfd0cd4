/** Resource types whose value is made once and kept, with the attributes that are secret. */
const generatedTypes: ReadonlyMap<string, readonly string[]> = new Map([
  ["random_password", ["result", "bcrypt_hash"]],
  ["random_string", []],
  ["random_id", []],
  ["random_uuid", []],
  ["random_pet", []],
  ["random_integer", []],
  ["random_bytes", ["base64", "hex"]],
  ["random_shuffle", []],
  ["null_resource", []],
  ["terraform_data", []],
]);

export function isGenerated(type: string): boolean {
  return generatedTypes.has(type);
}

export function secretAttributes(type: string): ReadonlySet<string> {
  return new Set(generatedTypes.get(type));
}
