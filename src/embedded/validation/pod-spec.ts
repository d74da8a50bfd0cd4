import { listAt, numberAt, objectAt, textAt } from "../../model/read-field.ts";
import { quantity } from "../controllers/quantity.ts";
import { type FieldError, forbiddenField, invalidValue, required, unsupported } from "../failures.ts";
import { checkDnsLabel, checkQualifiedName } from "./text-rules.ts";

/**
 * What every pod must say, in templates too (API reference, PodSpec). `claims` are volumes that a controller adds.
 */
export function validatePodSpec(spec: unknown, path: string, claims: readonly string[] = []): FieldError[] {
  const volumes = new Set([...listAt(spec, "volumes").map((volume) => textAt(volume, "name")), ...claims]);
  const errors: FieldError[] = listAt(spec, "volumes").flatMap((volume, index) => {
    const name = textAt(volume, "name");
    const field = `${path}.volumes[${index}].name`;
    return name === "" ? [required(field)] : checkDnsLabel(field, name);
  });
  const containers = listAt(spec, "containers");
  if (containers.length === 0) errors.push(required(`${path}.containers`));
  const names = new Set<string>();
  for (const part of ["containers", "initContainers"] as const) {
    for (const [index, container] of listAt(spec, part).entries())
      errors.push(...validateContainer(container, `${path}.${part}[${index}]`, volumes, names));
  }
  const policy = textAt(spec, "restartPolicy");
  const policies = ["Always", "OnFailure", "Never"];
  if (policy !== "" && !policies.includes(policy))
    errors.push(unsupported(`${path}.restartPolicy`, JSON.stringify(policy), policies));
  return errors;
}

function validateContainer(
  container: unknown,
  path: string,
  volumes: ReadonlySet<string>,
  names: Set<string>,
): FieldError[] {
  const name = textAt(container, "name");
  const errors: FieldError[] = [];
  if (name === "") errors.push(required(`${path}.name`));
  else {
    errors.push(...checkDnsLabel(`${path}.name`, name));
    if (names.has(name))
      errors.push({
        reason: "FieldValueDuplicate",
        field: `${path}.name`,
        message: `Duplicate value: ${JSON.stringify(name)}`,
      });
    names.add(name);
  }
  if (textAt(container, "image") === "") errors.push(required(`${path}.image`));
  for (const [index, port] of listAt(container, "ports").entries()) {
    const number = numberAt(port, "containerPort");
    const field = `${path}.ports[${index}].containerPort`;
    if (number === 0) errors.push(required(field));
    else if (number < 0 || number > 65_535)
      errors.push(invalidValue(field, String(number), "must be between 1 and 65535, inclusive"));
  }
  for (const [index, variable] of listAt(container, "env").entries())
    errors.push(...checkVariableName(`${path}.env[${index}].name`, textAt(variable, "name")));
  const pull = textAt(container, "imagePullPolicy");
  if (pull !== "" && !pullPolicies.includes(pull))
    errors.push(unsupported(`${path}.imagePullPolicy`, JSON.stringify(pull), pullPolicies));
  for (const [index, mount] of listAt(container, "volumeMounts").entries()) {
    const field = `${path}.volumeMounts[${index}]`;
    const volume = textAt(mount, "name");
    if (volume === "") errors.push(required(`${field}.name`));
    if (!volumes.has(volume))
      errors.push({
        reason: "FieldValueNotFound",
        field: `${field}.name`,
        message: `Not found: ${JSON.stringify(volume)}`,
      });
    if (textAt(mount, "mountPath") === "") errors.push(required(`${field}.mountPath`));
  }
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const handlers = ["exec", "httpGet", "tcpSocket", "grpc"].filter(
      (h) => objectAt(container, probe)[h] !== undefined,
    );
    for (const second of handlers.slice(1))
      errors.push(forbiddenField(`${path}.${probe}.${second}`, "may not specify more than 1 handler type"));
    if (objectAt(container)[probe] !== undefined && handlers.length === 0)
      errors.push(required(`${path}.${probe}`, "must specify a handler type"));
  }
  return [...errors, ...checkResources(container, path), ...requestsWithinLimits(container, path)];
}

const pullPolicies = ["Always", "IfNotPresent", "Never"];

function checkVariableName(field: string, name: string): FieldError[] {
  if (name === "") return [required(field)];
  const why = "a valid environment variable name must consist only of printable ASCII characters other than '='";
  return /^[ -<>-~]+$/.test(name) ? [] : [invalidValue(field, JSON.stringify(name), why)];
}

/** Resources are the standard ones, or have a name with a domain. */
function checkResources(container: unknown, path: string): FieldError[] {
  return ["limits", "requests"].flatMap((part) =>
    Object.entries(objectAt(container, "resources", part)).flatMap(([name, amount]) => {
      const field = `${path}.resources.${part}[${name}]`;
      const errors = checkQualifiedName(field, name);
      if (errors.length > 0) return errors;
      if (!standardResources.has(name) && !name.startsWith("hugepages-")) {
        const shown = JSON.stringify(name);
        if (!name.includes("/"))
          return [
            invalidValue(field, shown, "must be a standard resource type or fully qualified"),
            invalidValue(field, shown, "must be a standard resource for containers"),
          ];
        if (/^([^/]*\.)?kubernetes\.io\//.test(name))
          return [invalidValue(field, shown, "must be a standard resource for containers")];
      }
      const value = quantity(String(amount));
      if (value < 0) return [invalidValue(field, JSON.stringify(amount), "must be greater than or equal to 0")];
      return name.includes("/") && !Number.isInteger(value)
        ? [invalidValue(field, JSON.stringify(amount), "must be an integer")]
        : [];
    }),
  );
}

const standardResources = new Set(["cpu", "memory", "ephemeral-storage"]);

function requestsWithinLimits(container: unknown, path: string): FieldError[] {
  const limits = objectAt(container, "resources", "limits");
  return Object.entries(objectAt(container, "resources", "requests")).flatMap(([name, asked]) => {
    const limit = limits[name];
    if (limit === undefined || quantity(String(asked)) <= quantity(String(limit))) return [];
    const why = `must be less than or equal to ${name} limit of ${limit}`;
    return [invalidValue(`${path}.resources.requests`, JSON.stringify(asked), why)];
  });
}
