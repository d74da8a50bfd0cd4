import { describe, expect, test } from "vitest";
import { applySetAnnotations, applySetId, inventoryName } from "../../src/plan/applyset.ts";

describe("ApplySet (KEP-3659)", () => {
  test("the id is the unpadded URL-safe hash of name.namespace.kind.group", () => {
    // printf 'k8sctl.shop.web.default.Secret.' | openssl dgst -sha256 -binary | basenc --base64url | tr -d =
    expect(applySetId("shop", "web", "default")).toBe("applyset-47QcX-nZ1F6laVojdvkcg9WePr36cryYiJFRrRd3uf0-v1");
    expect(inventoryName("shop", "web")).toBe("k8sctl.shop.web");
  });

  test("ids differ by project, stack and namespace and fit a label", () => {
    const ids = [
      applySetId("shop", "web", "default"),
      applySetId("shop", "db", "default"),
      applySetId("shop", "web", "ops"),
      applySetId("bank", "web", "default"),
    ];
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^applyset-[A-Za-z0-9_-]{43}-v1$/);
  });

  test("annotations list group-kinds and the namespaces beyond the parent's, sorted and once", () => {
    const members = [
      { group: "apps", kind: "Deployment", namespace: "web", name: "a" },
      { group: "", kind: "Secret", namespace: "default", name: "b" },
      { group: "apps", kind: "Deployment", namespace: "data", name: "c" },
      { group: "", kind: "Namespace", namespace: "", name: "web" },
    ];
    expect(applySetAnnotations(members, "default")).toEqual({
      "applyset.kubernetes.io/tooling": "k8sctl/v0.1.0",
      "applyset.kubernetes.io/contains-group-kinds": "Deployment.apps,Namespace,Secret",
      "applyset.kubernetes.io/additional-namespaces": "data,web",
    });
  });
});
