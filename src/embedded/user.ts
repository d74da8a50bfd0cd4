/** Who asks: a certificate's CN and O, or the account of a token. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}
