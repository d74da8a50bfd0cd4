import type { JsonObject } from "../../model/json.ts";
import { at, listAt, textAt } from "../../model/read-field.ts";
import type { FieldError } from "../failures.ts";

/** A volume that is wrong itself counts as missing where it is mounted. */
export function mountsOfWrongVolumes(object: JsonObject, errors: readonly FieldError[]): FieldError[] {
  const wrong = new Map<string, Set<string>>();
  for (const { field, reason } of errors) {
    const [, pod = "", index = ""] = /^(.*?)\.volumes\[(\d+)\]/.exec(field) ?? [];
    const twice = reason === "FieldValueDuplicate" && field.endsWith(`.volumes[${index}].name`);
    if (pod === "" || twice) continue;
    const volume = listAt(object, ...pod.split("."), "volumes")[Number(index)];
    wrong.set(pod, (wrong.get(pod) ?? new Set()).add(textAt(volume, "name")));
  }
  return [...wrong].flatMap(([pod, volumes]) => {
    const spec = at(object, ...pod.split("."));
    return ["containers", "initContainers"].flatMap((part) =>
      listAt(spec, part).flatMap((container, index) =>
        listAt(container, "volumeMounts").flatMap((mount, i): FieldError[] => {
          const name = textAt(mount, "name");
          if (name === "" || !volumes.has(name)) return [];
          const field = `${pod}.${part}[${index}].volumeMounts[${i}].name`;
          return [{ reason: "FieldValueNotFound", field, message: `Not found: ${JSON.stringify(name)}` }];
        }),
      ),
    );
  });
}
