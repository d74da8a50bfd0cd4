import type { Json, JsonObject } from "../../../model/json.ts";
import { at, listAt, textAt } from "../../../model/read-field.ts";
import { BESIDES_VOLUME_SOURCE } from "../../../schema/union-rules.ts";
import { type FieldError, invalidValue, required, unsupported } from "../../failures.ts";
import { goJson } from "../go-text.ts";
import {
  absolutePath,
  all,
  between,
  type Check,
  dnsLabel,
  fileMode,
  given,
  needed,
  neededAnd,
  oneOf,
  type Rules,
  strictSubdomain,
  subdomain,
} from "./checks.ts";

const isSet = (value: unknown) => value !== undefined && value !== null;
const must = needed();
const partition = between(1, 255);
/** Zero counts as left out. */
const partitionIfSaid: Check = (value, field) => (value === 0 ? [] : partition(value, field));
const lun = between(0, 255);
const modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const accessModes: Check = (value, field) =>
  (Array.isArray(value) ? value : []).flatMap((mode) => oneOf(...modes)(mode, field));
const items: Rules = { fields: { key: must, path: must, mode: fileMode } };
const secretRef: Rules = { fields: { name: needed("", subdomain), namespace: needed("", dnsLabel) } };
const monitors: Rules = { fields: { monitors: must } };
const rbd: Rules = { fields: { monitors: must, image: must } };
const glusterfs: Rules = { fields: { endpoints: must, path: must } };
const cinder: Rules = { fields: { volumeID: must } };
const flexVolume: Rules = { fields: { driver: must } };
const driver = neededAnd("", (value, field) => [
  ...strictSubdomain(value, field),
  ...(String(value).length > 63
    ? [{ reason: "FieldValueTooLong", field, message: "Too long: may not be more than 63 bytes" } as const]
    : []),
]);
const disk: Rules = { fields: { pdName: must, partition: partitionIfSaid } };
const iscsi = (why: string): Rules => ({
  fields: {
    targetPortal: must,
    iqn: needed("", (value, field) =>
      /^(iqn\.\d{4}-\d\d\.[a-z0-9.-]+(:.*)?|eui\.[0-9A-Fa-f]{16}|naa\.[0-9A-Fa-f]{32})$/i.test(String(value))
        ? []
        : [invalidValue(field, goJson(value ?? ""), why)],
    ),
    lun,
  },
});

/** What the API server demands of volumes and claims (API reference, Volume; words of the real server). */
export const volumeRules: Readonly<Record<string, Rules>> = {
  "core.v1.KeyToPath": items,
  "core.v1.ConfigMapVolumeSource": { fields: { name: must, defaultMode: fileMode } },
  "core.v1.SecretVolumeSource": { fields: { secretName: must, defaultMode: fileMode } },
  "core.v1.ConfigMapProjection": { fields: { name: must } },
  "core.v1.SecretProjection": { fields: { name: must } },
  "core.v1.ServiceAccountTokenProjection": {
    fields: {
      expirationSeconds: (value, field) =>
        typeof value === "number" && value < 600
          ? [invalidValue(field, String(value), "may not specify a duration less than 10 minutes")]
          : [],
    },
    together: ({ path: file = "" }, path) =>
      file === "" ? [required(`${path.replace(/\.sources\[\d+\]\.serviceAccountToken$/, "")}.path`)] : [],
  },
  "core.v1.ProjectedVolumeSource": { fields: { defaultMode: fileMode }, together: pathsTwice },
  "core.v1.DownwardAPIVolumeSource": { fields: { defaultMode: fileMode } },
  "core.v1.DownwardAPIVolumeFile": { together: downwardFile },
  "core.v1.PersistentVolumeClaimVolumeSource": { fields: { claimName: must } },
  "core.v1.EphemeralVolumeSource": { fields: { volumeClaimTemplate: must } },
  "core.v1.PersistentVolumeClaimSpec": {
    fields: { accessModes, storageClassName: subdomain },
    together: (spec, path) =>
      // A claim of its own has these two judged with the kind.
      path === "spec"
        ? []
        : [
            ...(listAt(spec, "accessModes").length === 0
              ? [required(`${path}.accessModes`, "at least 1 access mode is required")]
              : []),
            ...(textAt(spec, "resources", "requests", "storage") === ""
              ? [required(`${path}.resources[storage]`)]
              : []),
          ],
  },
  "core.v1.PersistentVolumeSpec": {
    fields: {
      accessModes: all(must, accessModes),
      persistentVolumeReclaimPolicy: oneOf("Delete", "Recycle", "Retain"),
      volumeMode: oneOf("Block", "Filesystem"),
      storageClassName: subdomain,
    },
    together: (spec, path) => {
      const capacity = (spec["capacity"] ?? null) as Json;
      const field = `${path}.capacity`;
      const storage = at(capacity, "storage") !== undefined;
      const sources = Object.keys(spec).filter((name) => !BESIDES_VOLUME_SOURCE.includes(name));
      return [
        ...(storage ? [] : [required(field), unsupported(field, goJson(capacity), ["storage"])]),
        ...(sources.length === 0 ? [required(path, "must specify a volume type")] : []),
      ];
    },
  },
  "core.v1.VolumeNodeAffinity": { fields: { required: given("must specify required node constraints") } },
  "core.v1.HostPathVolumeSource": {
    fields: {
      path: must,
      type: oneOf(
        "",
        ...["BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"],
      ),
    },
  },
  "core.v1.LocalVolumeSource": { fields: { path: must } },
  "core.v1.NFSVolumeSource": { fields: { server: must, path: neededAnd("", absolutePath) } },
  "core.v1.CSIVolumeSource": {
    fields: { driver },
    together: (source, path) => {
      const secret = at(source, "nodePublishSecretRef");
      if (!isSet(secret)) return [];
      const name = textAt(secret, "name");
      return name === "" ? [required(`${path}.nodePublishSecretRef.name`)] : subdomain(name, `${path}.name`);
    },
  },
  "core.v1.CSIPersistentVolumeSource": { fields: { driver, volumeHandle: must } },
  "core.v1.SecretReference": { together: (reference, path) => secretErrors(reference, path) },
  "core.v1.GitRepoVolumeSource": { fields: { repository: must } },
  "core.v1.AWSElasticBlockStoreVolumeSource": { fields: { volumeID: must, partition: partitionIfSaid } },
  "core.v1.AzureDiskVolumeSource": {
    fields: {
      diskName: must,
      diskURI: must,
      cachingMode: oneOf("None", "ReadOnly", "ReadWrite"),
      kind: oneOf("Dedicated", "Managed", "Shared"),
    },
    together: ({ diskURI = "", kind = "Shared" }, path) => {
      const form = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
      const managed = kind === "Managed";
      const uri = String(diskURI);
      if (managed || uri.startsWith("https://")) return [];
      return [unsupported(`${path}.diskURI`, goJson(uri), [form])];
    },
  },
  "core.v1.AzureFileVolumeSource": { fields: { secretName: must, shareName: must } },
  "core.v1.AzureFilePersistentVolumeSource": {
    fields: {
      secretName: must,
      shareName: must,
      secretNamespace: (value, field) => (value === "" ? [required(field)] : []),
    },
  },
  "core.v1.CephFSVolumeSource": monitors,
  "core.v1.CephFSPersistentVolumeSource": monitors,
  "core.v1.CinderVolumeSource": cinder,
  "core.v1.CinderPersistentVolumeSource": cinder,
  "core.v1.FCVolumeSource": {
    fields: { lun },
    together: (source, path) => {
      const targets = listAt(source, "targetWWNs").length > 0;
      if (targets === listAt(source, "wwids").length > 0)
        return [required(`${path}.targetWWNs`, "must specify either targetWWNs or wwids, but not both")];
      return targets && !isSet(source["lun"])
        ? [required(`${path}.lun`, "lun is required if targetWWNs is specified")]
        : [];
    },
  },
  "core.v1.FlexVolumeSource": flexVolume,
  "core.v1.FlexPersistentVolumeSource": flexVolume,
  "core.v1.FlockerVolumeSource": {
    together: ({ datasetName = "", datasetUUID = "" }, path) => {
      if (datasetName === "" && datasetUUID === "")
        return [required(path, "one of datasetName and datasetUUID is required")];
      const why = "resource and datasetUUID can not be specified simultaneously";
      return datasetName !== "" && datasetUUID !== "" ? [invalidValue(path, '"resource"', why)] : [];
    },
  },
  "core.v1.GCEPersistentDiskVolumeSource": disk,
  "core.v1.GlusterfsVolumeSource": glusterfs,
  "core.v1.GlusterfsPersistentVolumeSource": glusterfs,
  "core.v1.ISCSIVolumeSource": iscsi("must be valid format starting with iqn, eui, or naa"),
  "core.v1.ISCSIPersistentVolumeSource": iscsi("must be valid format"),
  "core.v1.PhotonPersistentDiskVolumeSource": { fields: { pdID: must } },
  "core.v1.QuobyteVolumeSource": {
    fields: {
      registry: needed("must be a host:port pair or multiple pairs separated by commas", (value, field) =>
        String(value)
          .split(",")
          .every((pair) => /^[^:]+:\d+$|^\[.*\]:\d+$/.test(pair))
          ? []
          : [
              invalidValue(
                field,
                goJson(value ?? ""),
                "must be a host:port pair or multiple pairs separated by commas",
              ),
            ],
      ),
      volume: must,
    },
  },
  "core.v1.RBDVolumeSource": rbd,
  "core.v1.RBDPersistentVolumeSource": rbd,
  "core.v1.VsphereVirtualDiskVolumeSource": { fields: { volumePath: must } },
};

/** Secrets of a CSI volume are named in full; those of other volumes may leave the namespace out. */
function secretErrors(reference: JsonObject, path: string): FieldError[] {
  if (!/\.csi\.(controllerPublish|controllerExpand|nodePublish|nodeExpand)SecretRef$/.test(path)) return [];
  return Object.entries(secretRef.fields ?? {}).flatMap(([name, check]) => check(reference[name], `${path}.${name}`));
}

/** Messages name the volume and not the item, as the real server does. */
function downwardFile(file: JsonObject, path: string): FieldError[] {
  const volume = path.replace(/\.items\[\d+\]$/, "");
  const { path: name = "", fieldRef, resourceFieldRef, mode } = file;
  const both = "fieldRef and resourceFieldRef can not be specified simultaneously";
  return [
    ...(name === "" ? [required(`${volume}.path`)] : []),
    ...(isSet(fieldRef) && isSet(resourceFieldRef) ? [invalidValue(volume, '"resource"', both)] : []),
    ...(!isSet(fieldRef) && !isSet(resourceFieldRef)
      ? [required(volume, "one of fieldRef and resourceFieldRef is required")]
      : []),
    ...fileMode(mode, `${volume}.mode`),
  ];
}

function pathsTwice(source: JsonObject, path: string): FieldError[] {
  const seen = new Set<string>();
  const paths = listAt(source, "sources").flatMap((part) => [
    ...["secret", "configMap", "downwardAPI"].flatMap((name) =>
      listAt(part, name, "items").map((item) => textAt(item, "path")),
    ),
  ]);
  return paths.flatMap((file) => {
    const again = file !== "" && seen.has(file);
    seen.add(file);
    return again ? [invalidValue(path, goJson(file), "conflicting duplicate paths")] : [];
  });
}
