import { collections, marks } from "./functions/collections.ts";
import { dates } from "./functions/dates.ts";
import type { FunctionTable } from "./functions/define.ts";
import { encodings } from "./functions/encodings.ts";
import { ofProvider } from "./functions/manifests.ts";
import { networks } from "./functions/networks.ts";
import { numbers } from "./functions/numbers.ts";
import { paths } from "./functions/paths.ts";
import { conversions, strings } from "./functions/strings.ts";

/** Every function of the Terraform language that we evaluate; `try` and `can` live in the evaluator. */
export const functions: FunctionTable = Object.assign(
  Object.create(null) as Record<string, never>,
  strings,
  conversions,
  numbers,
  collections,
  encodings,
  dates,
  networks,
  paths,
  marks,
  ofProvider,
);
