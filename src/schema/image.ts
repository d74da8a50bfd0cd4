const PART = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const DOMAIN = `(?:${PART}(?:\\.${PART})*|\\[[\\da-fA-F:]+\\])(?::\\d+)?`;
const SEGMENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const TAG = "\\w[\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[\\da-fA-F]{32,}";
const REFERENCE = new RegExp(`^(?:${DOMAIN}/)?${SEGMENT}(?:/${SEGMENT})*(?::${TAG})?(?:@${DIGEST})?$`);

/**
 * What is wrong with the name of an image (the grammar of distribution's `reference`); null where nothing is. The API
 * server takes any text: the node answers with InvalidImageName.
 */
export function imageError(image: string): string | null {
  if (REFERENCE.test(image)) return null;
  const lower = REFERENCE.test(image.toLowerCase()) ? ", its path must be lower-case" : "";
  return `is no image reference such as nginx:1.27 or registry.example.com/app@sha256:...${lower}: ${JSON.stringify(image)}`;
}
