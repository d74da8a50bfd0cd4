import { webcrypto } from "node:crypto";

/** PEM texts. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** All that the embedded cluster proves itself with; written once per cluster and kept with its state. */
export interface ClusterCredentials {
  readonly authority: KeyPair;
  readonly server: KeyPair;
  /** Subject and group of kubeadm's admin.conf: CN=kubernetes-admin, O=system:masters. */
  readonly admin: KeyPair;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const tenYears = 10 * 365 * 24 * 3600 * 1000;

/**
 * A new authority with a server certificate for the loopback address and an admin client certificate. EC P-256, because
 * making RSA keys takes a second. Loads the certificate library on first use: it costs more than the rest of a start.
 */
export async function makeCredentials(clusterName: string, now: number): Promise<ClusterCredentials> {
  const { x509 } = await import("./x509.ts");
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
  // An hour back: the clocks of a virtual machine and its host may differ.
  const validity = { notBefore: new Date(now - 3600_000), notAfter: new Date(now + tenYears) };
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const [authorityKeys, serverKeys, adminKeys] = await Promise.all([newKeys(), newKeys(), newKeys()]);

  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=k8sctl-embedded-${clusterName}`,
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const issue = (
    subject: string,
    keys: webcrypto.CryptoKeyPair,
    usage: string,
    names: { type: "dns" | "ip"; value: string }[],
  ) =>
    x509.X509CertificateGenerator.create({
      subject,
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: algorithm,
      ...validity,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
  const [server, admin] = await Promise.all([
    issue("CN=kube-apiserver", serverKeys, x509.ExtendedKeyUsage.serverAuth, [
      { type: "ip", value: "127.0.0.1" },
      ...["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"].map((value) => ({
        type: "dns" as const,
        value,
      })),
    ]),
    issue("CN=kubernetes-admin,O=system:masters", adminKeys, x509.ExtendedKeyUsage.clientAuth, []),
  ]);
  return {
    authority: { certificate: pem(authority), key: await keyPem(authorityKeys) },
    server: { certificate: pem(server), key: await keyPem(serverKeys) },
    admin: { certificate: pem(admin), key: await keyPem(adminKeys) },
  };
}

/**
 * A client certificate for a request (PEM, PKCS #10), signed by the cluster's authority. Throws where the request is none,
 * or does not prove that it has its key.
 */
export async function signRequest(authority: KeyPair, request: string, now: number, seconds: number): Promise<string> {
  const { x509 } = await import("./x509.ts");
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
  const asked = new x509.Pkcs10CertificateRequest(request);
  if (!(await asked.verify())) throw new Error("the request's signature is wrong");
  const der = Buffer.from(authority.key.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  const made = await x509.X509CertificateGenerator.create({
    subject: asked.subject,
    issuer: new x509.X509Certificate(authority.certificate).subject,
    publicKey: asked.publicKey,
    signingKey: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]),
    signingAlgorithm: algorithm,
    notBefore: new Date(now - 300_000),
    notAfter: new Date(now + seconds * 1000),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ],
  });
  return pem(made);
}

function pem(certificate: { toString(format: "pem"): string }): string {
  return `${certificate.toString("pem").trim()}\n`;
}

async function keyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)!.join("\n")}\n-----END PRIVATE KEY-----\n`;
}
