/** Terraform JSON wraps in `${ }` what the language writes bare: addresses, type constraints. */
export function unwrapped(text: string): string {
  return text.replace(/^\$\{\s*|\s*\}$/g, "");
}
